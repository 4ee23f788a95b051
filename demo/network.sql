-- network.sql: what does a professional network of 2,000 members hold, before anybody asks for it?
--
--     psql -X -q -v ON_ERROR_STOP=1 -f network.sql      (a fresh UTF8 database; a few seconds; prints nothing)
--
-- Persons, firms, schools and numbers are made up: domains are example.*, telephone numbers come from ranges kept for fiction.
-- Nothing is random: every choice is an md5 of a salt and a number, so two runs give the same rows.  All dates are fixed but
-- one kind: the birth dates of the 27 children are counted back from today (UTC), so that they are children whenever you
-- look; -v today=2026-03-02 fixes those, too.
--
-- Member 7 is Camille, an adult, notified, setting on, who writes a lot.  Member 16 is Noé, 16 years old, in lycée, notified,
-- setting on.  Member 42 is Solange, an adult back at a lycée, who gave no birth date.  Every 33rd member from 16 on is a
-- pupil, every 25th from 3 on works in recruiting.

\if :{?today}
\else
SELECT (now() AT TIME ZONE 'UTC')::date AS today \gset
\endif

BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL search_path = public;
SET LOCAL TimeZone = 'UTC';
SET LOCAL jit = off;
SET LOCAL work_mem = '32MB';

-- 1. The tables -------------------------------------------------------------------------------------------------------

CREATE TABLE member (
    id bigint PRIMARY KEY, handle text NOT NULL UNIQUE, full_name text NOT NULL, headline text NOT NULL,
    position text NOT NULL, location text NOT NULL, country char(2) NOT NULL, birth_date date,
    created_at timestamptz NOT NULL, notified_at timestamptz);
CREATE TABLE member_setting (
    member_id bigint PRIMARY KEY REFERENCES member ON DELETE CASCADE, ai_training boolean NOT NULL DEFAULT true,
    newsletter boolean NOT NULL DEFAULT true, changed_at timestamptz NOT NULL);
CREATE TABLE education (
    id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES member ON DELETE CASCADE,
    school text NOT NULL, level text NOT NULL, starts date, ends date);
CREATE TABLE skill (
    id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES member ON DELETE CASCADE, name text NOT NULL);
CREATE TABLE post (
    id bigint PRIMARY KEY, author_id bigint REFERENCES member ON DELETE SET NULL,
    title text NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE comment (
    id bigint PRIMARY KEY, post_id bigint NOT NULL REFERENCES post ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES member ON DELETE CASCADE, body text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE discussion_group (id bigint PRIMARY KEY, name text NOT NULL UNIQUE, topic text NOT NULL);
CREATE TABLE group_contribution (
    id bigint PRIMARY KEY, group_id bigint NOT NULL REFERENCES discussion_group ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES member ON DELETE CASCADE, body text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE private_message (
    id bigint PRIMARY KEY, sender_id bigint NOT NULL REFERENCES member ON DELETE CASCADE,
    recipient_id bigint NOT NULL REFERENCES member ON DELETE CASCADE, body text NOT NULL, sent_at timestamptz NOT NULL);
CREATE TABLE recruiter_exchange (
    id bigint PRIMARY KEY, recruiter_id bigint NOT NULL REFERENCES member ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES member ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('inmail', 'screening', 'resume')), application_id bigint,
    body text NOT NULL, sent_at timestamptz NOT NULL);
CREATE TABLE recommendation (
    id bigint PRIMARY KEY, giver_id bigint NOT NULL REFERENCES member ON DELETE CASCADE,
    receiver_id bigint NOT NULL REFERENCES member ON DELETE CASCADE, body text NOT NULL, given_at timestamptz NOT NULL,
    UNIQUE (giver_id, receiver_id), CHECK (giver_id <> receiver_id));
CREATE TABLE salary (
    member_id bigint PRIMARY KEY REFERENCES member ON DELETE CASCADE,
    amount numeric(10,2) NOT NULL, currency char(3) NOT NULL, given_at timestamptz NOT NULL);

COMMENT ON TABLE member IS 'The people: one row a member, profile included';
COMMENT ON TABLE member_setting IS 'What members switched on or off; ai_training is on unless switched off';
COMMENT ON TABLE education IS 'Schools, in the words that members typed; ends is NULL where they are still there';
COMMENT ON TABLE skill IS 'Skills that members list on their profile';
COMMENT ON TABLE post IS 'What members publish; author_id is NULL once the author has left';
COMMENT ON TABLE comment IS 'Replies under posts';
COMMENT ON TABLE discussion_group IS 'Groups, one for a trade and a language';
COMMENT ON TABLE group_contribution IS 'What members write in groups';
COMMENT ON TABLE private_message IS 'Messages between two members, and for nobody else';
COMMENT ON TABLE recruiter_exchange IS 'InMails, screening answers and resumes; application_id where tied to an application';
COMMENT ON TABLE recommendation IS 'What one member wrote about another: two people in one row';
COMMENT ON TABLE salary IS 'Yearly gross salary, as members gave it for the salary insights';

-- 2. The words: lists with a bar between their entries ----------------------------------------------------------------

CREATE FUNCTION pg_temp.list(words text) RETURNS text[] IMMUTABLE LANGUAGE sql
    RETURN regexp_split_to_array(regexp_replace(words, '\s+', ' ', 'g'), ' ?\| ?');

CREATE TEMP TABLE name ON COMMIT DROP AS
SELECT lang, pg_temp.list(women) AS women, pg_temp.list(men) AS men, pg_temp.list(family) AS family,
       pg_temp.list(firm) AS firm, pg_temp.list(month) AS month FROM (VALUES
('fr', 'Léa|Manon|Inès|Chloé|Sarah|Aïcha|Jeanne|Lucie|Nadia|Élise|Margaux|Fatou|Hélène|Solène|Yasmine|Clara|Anaïs|Mathilde|Linh|Rosa|Agathe',
  'Hugo|Noé|Karim|Louis|Mathis|Théo|Idriss|Gabriel|Antoine|Mehdi|Baptiste|Rémi|Samba|Julien|Tristan|Yanis|Olivier|Émile|Paulo|Minh|Étienne',
  'Aubrevert|Kerlann|Valbrune|Montcerf|Vaubrun|Marsillane|Benhadi|Tranvier|Corbelin|Desvignolles|Roquebert|Savageot|Belkarimi|Ndoumbé|
   Garancher|Chastaing|Morvanel|Pelletreau|Rivoalen|Mauduisson|Bourdelin|Hamdane|Kouamba|Joliclerc|Beaufreton|Méridec|Grandclair|Nguyen-Vial',
  'Orvelac|Brumelle|Tisselande|Valmorine|Corbelune|Pontarive|Lumandre|Sarvelle|Quatremerle|Grivelance',
  'janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre'),
('en', 'Alice|Priya|Megan|Hannah|Grace|Zoe|Amara|Rachel|Siobhan|Olivia|Nora|Keisha|Mei|Charlotte|Freya|Maya|Ingrid|Leila',
  'Owen|Daniel|Arjun|Liam|Thomas|Marcus|Ethan|Callum|Kofi|Samuel|Jack|Wei|Rory|Felix|Jonas|Tariq|Lukas|Ben',
  'Ashgrove|Bellweather|Carrowmore|Dunmarrow|Ellerbeck|Fairholt|Inchbrook|Kettlewood|Larkwell|Merriday|Norcliffe|Pennarth|Quillfeather|
   Ravenhall|Stanhill|Tolliver|Underhay|Varmani|Wexcombe|Osei-Grant|Sundarel|Thackley|Winterhay|Lindmark|Brandhuber|Chanwick|Adeyomi',
  'Larkmere|Quillbrook|Fernhollow|Tidewick|Ashgrain|Copperlane|Wexmoor|Bramblegate|Ostlerfield|Nettlewharf',
  'January|February|March|April|May|June|July|August|September|October|November|December')
) AS v (lang, women, men, family, firm, month);

-- Where members live: upto is a running percentage, pay scales a salary, schools names a row of the next table.
CREATE TEMP TABLE place ON COMMIT DROP AS
SELECT upto, country, lang, land, pg_temp.list(cities) AS cities, currency, sign, pay, schools FROM (VALUES
( 46, 'FR', 'fr', 'France', 'Nantes|Rennes|Lyon|Lille|Bordeaux|Toulouse|Marseille|Grenoble|Strasbourg|Dijon|Tours|Brest|Paris', 'EUR', ' €', 1, 'fr'),
( 53, 'BE', 'fr', 'Belgique', 'Bruxelles|Namur|Mons|Charleroi', 'EUR', ' €', 1.1, 'fr'),
( 60, 'CH', 'fr', 'Suisse', 'Genève|Lausanne|Fribourg|Neuchâtel', 'CHF', ' CHF', 2, 'fr'),
( 65, 'CA', 'fr', 'Canada', 'Montréal|Québec|Gatineau|Sherbrooke', 'CAD', ' $', 1.4, 'ca'),
( 76, 'GB', 'en', 'United Kingdom', 'Leeds|Bristol|Manchester|Glasgow|Cardiff|Norwich|London', 'GBP', '£', 1, 'gb'),
( 87, 'US', 'en', 'United States', 'Portland|Austin|Denver|Chicago|Boston|Raleigh', 'USD', '$', 2, 'us'),
( 92, 'IE', 'en', 'Ireland', 'Galway|Cork|Dublin', 'EUR', '€', 1, 'gb'),
( 98, 'DE', 'en', 'Germany', 'Hamburg|Leipzig|Freiburg|Köln', 'EUR', '€', 1, 'de'),
(100, 'HK', 'en', 'Hong Kong', 'Kowloon|Sha Tin', 'HKD', 'HK$', 8, 'gb')
) AS v (upto, country, lang, land, cities, currency, sign, pay, schools);

-- Schools as level = name.
CREATE TEMP TABLE school ON COMMIT DROP AS
SELECT schools, lower_secondary, pg_temp.list(secondary) AS secondary, pg_temp.list(first) AS first, pg_temp.list(second) AS second FROM (VALUES
('fr', 'collège = Collège du Vieux-Moulin', 'lycée = Lycée des Trois-Rivières|Lycée = Lycée Haute-Garenne|lycée général = Lycée de la Roseraie|
    lycée professionnel = Lycée des Métiers du Port', 'université = Université de Valmorine|BTS = Institut des Tilleuls|IUT = IUT du Canal',
    'Master = Université de Corbelune|école d''ingénieurs = École des Arts mécaniques de Brumelle'),
('ca', 'école secondaire = École secondaire des Érables', 'école secondaire = École secondaire du Grand-Lac|high school = Birchpoint High',
    'cégep = Cégep de la Rivière-aux-Pins|baccalauréat = Université du Grand-Lac', 'maîtrise = Université du Grand-Lac'),
('gb', 'secondary school = Fernhollow Academy', 'sixth form = Bramblegate Sixth Form|college = Larkmere Sixth Form College',
    'university = University of Larkmere|BSc = Wexmoor University', 'MSc = Quillbrook University'),
('us', 'middle school = Cedar Fork Middle School', 'high school = Maple Bend High School|High School = Copper Hollow High',
    'college = Fernhollow College|Bachelor''s degree = Bramble State University', 'Master = University of West Hollow'),
('de', 'Realschule = Realschule am Mühlbach', 'Gymnasium = Gymnasium am Lindenhain|Berufsschule = Berufsschule Hafenstadt',
    'Universität = Universität Lindenhain|Hochschule = Hochschule Mühlbach', 'Master = Universität Lindenhain')
) AS v (schools, lower_secondary, secondary, first, second);

-- The trades, and 'school' for those who have none yet: jobs, as man/woman where they differ, skills, and things one works on.
CREATE TEMP TABLE field ON COMMIT DROP AS
SELECT field, lang, club, pg_temp.list(jobs) AS jobs, pg_temp.list(skills) AS skills, pg_temp.list(things) AS things FROM (VALUES
('software', 'fr', 'Artisans du logiciel', 'Développeur/Développeuse|Ingénieur logiciel/Ingénieure logiciel|Architecte logiciel',
    'PostgreSQL|Tests|Revue de code|Python|Accessibilité', 'le portail client|l''application mobile|la migration de la base|le moteur de recherche'),
('software', 'en', 'Software Makers', 'Backend engineer|Software developer|Platform engineer', 'PostgreSQL|code review|Rust|API design|testing',
    'the supplier portal|our mobile app|the database migration|the new search page'),
('data', 'fr', 'Données et décisions', 'Analyste de données|Statisticien/Statisticienne|Ingénieur données/Ingénieure données',
    'SQL|Statistiques|Visualisation|Prévision|Enquêtes', 'le tableau de bord|le catalogue de données|les prévisions de stock|l''enquête annuelle'),
('data', 'en', 'Data for Decisions', 'Data analyst|Statistician|Data engineer', 'SQL|forecasting|data quality|survey design|causal inference',
    'the sales dashboard|the data catalogue|the demand forecast|our yearly survey'),
('health', 'fr', 'Bien soigner', 'Infirmier/Infirmière|Cadre de santé|Kinésithérapeute', 'Soins palliatifs|Hygiène|Premiers secours|Triage|Écoute',
    'le planning des gardes|la prévention des chutes|l''accueil des urgences|la consultation à distance'),
('health', 'en', 'Better Wards', 'Staff nurse|Ward manager|Physiotherapist', 'triage|infection control|patient safety|rota planning|first aid',
    'the discharge letters|the night rota|the falls programme|our remote clinic'),
('energy', 'fr', 'Sobriété et chantiers', 'Conducteur de travaux/Conductrice de travaux|Technicien éolien/Technicienne éolienne',
    'Audit énergétique|Solaire|Isolation|Sécurité|Plans', 'l''isolation des écoles|le parc solaire|les bornes de recharge|le réseau de chaleur'),
('energy', 'en', 'Grid and Roof', 'Site manager|Wind technician|Energy analyst', 'energy audits|solar design|site safety|heat pumps|metering',
    'the school retrofit|the community solar farm|the charging points|the heat network'),
('logistics', 'fr', 'Quais et tournées', 'Chef de projet logistique/Cheffe de projet logistique|Affréteur/Affréteuse|Responsable d''entrepôt',
    'Planification|Stocks|Transport|Douane|Sécurité', 'les tournées du matin|l''entrepôt numéro deux|le suivi des palettes|la livraison à vélo'),
('logistics', 'en', 'Docks and Routes', 'Logistics planner|Warehouse manager|Freight coordinator', 'route planning|inventory|customs|lean|safety',
    'the morning routes|the second warehouse|the pallet tracking|our cargo bikes'),
('people', 'fr', 'Recruter et accueillir', 'Chargé de recrutement/Chargée de recrutement|Responsable formation|Gestionnaire paie',
    'Entretien|Droit du travail|Médiation|Paie|Intégration', 'l''accueil des nouveaux|les bilans annuels|le plan de formation|la mobilité interne'),
('people', 'en', 'Hiring Well', 'Recruiter|Talent partner|Training lead', 'interviewing|onboarding|mediation|employment law|coaching',
    'the onboarding plan|the yearly reviews|the training budget|the careers page'),
('school', 'fr', NULL, 'Élève', 'Robotique|Dessin|Anglais|Montage vidéo|Théâtre', 'notre exposé|le robot du club'),
('school', 'en', NULL, 'Student', 'robotics|drawing|French|video editing|drama', 'our science project|the club robot')
) AS v (field, lang, club, jobs, skills, things);

-- What they say.  Posts open with title :: sentence, may say more and may end; comments react and may reply.
CREATE TEMP TABLE phrase (lang text, topic text, open text[], more text[], ends text[], reply text[]) ON COMMIT DROP;
INSERT INTO phrase SELECT lang, topic, pg_temp.list(open), pg_temp.list(more), pg_temp.list(ends), pg_temp.list(reply) FROM (VALUES
('fr', 'work', $$Le bon format :: Nos points d'équipe durent {n} minutes au plus, et personne ne veut revenir en arrière. |
    Transmettre avant de partir :: Avant mes congés, j'ai écrit une page sur {thing} pour que personne n'ait à m'appeler. |
    Une erreur utile :: Une erreur de ma part sur {thing} nous a coûté {n} heures ; autant qu'elle serve à d'autres. |
    Demander de l'aide plus tôt :: Trois jours de blocage sur {thing}, et {peer} a trouvé la solution en un quart d'heure. |
    Merci à l'équipe :: Grosse semaine pour {thing} : merci à {peer} et à toute l'équipe de {city}.$$,
    $$Rien d'extraordinaire, mais mis bout à bout, cela change une semaine. |
    Le plus difficile n'était pas technique : il fallait d'abord se parler. | J'en garde une leçon : écrire ce que l'on sait avant de l'oublier. |
    Au début, {peer} et moi n'y croyions pas. | Le plus utile a été d'essayer tôt, à petite échelle.$$,
    $$Et chez vous, comment cela se passe-t-il ? | Vos retours m'intéressent. | Bonne semaine à toutes et à tous. | La suite en {next}. |
    Si le sujet vous parle, écrivez-moi.$$, $$Chez {firm}, nous avons mis {n} mois à le comprendre. |
    Et qui décide, à {city}, quand l'équipe n'est pas d'accord ? | Même constat chez nous pour {thing}. | {peer} le répète depuis {n} ans. |
    Combien de personnes y ont travaillé ? Nous étions {n}. | Quel a été l'accueil sur le terrain ? Ici, {peer} doutait. |
    {peer} et moi passerons voir cela à {city}.$$),
('fr', 'hiring', $$Nous recrutons à {city} :: Chez {firm}, nous cherchons une personne pour l'équipe de {city}, surtout pour {thing}. |
    Une place en alternance :: Notre équipe de {city} accueille une personne en alternance dès {next}, notamment pour {thing}. |
    Ce que j'attends d'un entretien :: Après {n} entretiens en {month}, je retiens les personnes qui posent de bonnes questions. |
    Une page suffit :: J'ai relu {n} CV pour un poste « {skill} », et les plus clairs tenaient sur une page. |
    Reconversion bienvenue :: Notre poste à {city} n'exige aucun diplôme précis : nous formons sur place, y compris sur {thing}.$$,
    $$Chaque candidature reçoit une réponse, même quand c'est non. | L'entretien dure une heure, sans piège ni exercice à faire le soir. |
    Le temps partiel est possible. | L'expérience compte moins que l'envie d'apprendre. | La fourchette de salaire est écrite dans l'annonce. |
    L'équipe compte {k} personnes et s'entend bien, même le lundi.$$, $$L'annonce est sur example.fr/emplois. |
    Écrivez-moi, je réponds à tout le monde. | Merci de partager autour de vous ! | Candidatures ouvertes jusqu'en {next}.$$,
    $$Je transmets à une ancienne collègue de {city}. | Le poste est-il ouvert à qui habite {city} ? | Cherchez-vous encore en {next} ? |
    Chez {firm}, nous avons cessé de demander une lettre. | Quel niveau attendez-vous en « {skill} » ?$$),
('fr', 'projects', $$C'est en service :: Après {n} mois de travail sur {thing}, la mise en service a eu lieu lundi. |
    Un prototype en {n} jours :: Avec {peer}, nous avons monté un prototype pour {thing} en {n} jours. |
    Savoir s'arrêter :: Nous avons arrêté un projet « {skill} » après {n} semaines, et c'était la bonne décision. |
    Le chiffre du mois :: Six mois plus tard, nous comptons {pct} % d'erreurs en moins sur {thing}. |
    Le soir, on répare :: Avec des voisins de {city}, nous réparons des ordinateurs pour les écoles : {n} depuis {month}.$$, NULL, NULL, NULL),
('fr', 'learning', $$Retour sur les bancs :: Je suis une formation du soir en « {skill} », deux fois par semaine jusqu'en {next}. |
    Certification en poche :: Certification « {skill} » obtenue ce matin, après {n} semaines de révisions. |
    Apprendre en expliquant :: J'ai animé un atelier « {skill} » pour {n} collègues à {city} : c'est moi qui ai le plus appris. |
    Accompagner quelqu'un :: Depuis {month}, j'accompagne {peer}, qui débute dans le métier chez {firm}. |
    Parler devant {n} personnes :: Première conférence à {city}, sur {thing} : {n} personnes et les mains qui tremblent.$$,
    $$Le plus dur est de trouver le temps, pas le courage. | J'avais oublié le plaisir de ne pas savoir. |
    Les questions des débutants sont souvent les meilleures. | {peer} m'avait conseillé de commencer petit, avec raison. |
    On retient mieux ce que l'on a raté une fois.$$, NULL, $$Quel livre conseilleriez-vous pour débuter en « {skill} » ? |
    La formation « {skill} » m'a fait le même effet. | Je cherche justement un groupe à {city}. |
    Courage, {peer} dit que le troisième mois est le plus beau.$$),
('fr', 'ai', $$Un assistant dans l'équipe :: Depuis {n} semaines, nous essayons un assistant de rédaction pour {thing}. |
    Sûr de lui, et faux :: Un modèle nous a donné une réponse très assurée et entièrement fausse sur {thing}. |
    Une charte d'une page :: Chez {firm}, nous avons écrit {n} règles sur l'usage de l'IA, et elles tiennent sur une page. |
    Relire, toujours :: Un assistant m'a fait gagner {n} heures en {month} ; j'en ai rendu la moitié à la relecture. |
    De quoi sont nourris les modèles ? :: J'ai lu ce que {n} services en ligne comptent faire de nos publications.$$,
    $$La règle d'or : rien de confidentiel dans une question. | Le gain est réel sur les tâches répétitives, presque nul ailleurs. |
    Je préfère savoir avec quels textes un modèle a appris. | Chaque réponse est relue par quelqu'un qui connaît le sujet. |
    Les plus sceptiques sont devenus les meilleurs testeurs. | Le choix de chacun doit rester simple : un réglage, une date, une trace.$$, NULL,
    $$Et que deviennent les textes envoyés sur {thing} ? | Chez {firm}, la relecture prend encore {n} minutes par page. |
    J'ai coupé le réglage en {month}, par principe. | Je l'ai laissé activé : mes publications sont faites pour être lues. |
    Sur {thing}, cela marche mieux que prévu.$$),
('fr', 'school', $$Ma semaine de stage :: J'ai passé ma semaine de stage chez {firm}, à {city}, et j'ai posé au moins {n} questions par jour. |
    Notre robot roule enfin :: Avec {peer}, nous avons passé {n} mercredis au club, et le robot avance tout droit. |
    Je cherche un stage :: Je cherche un stage d'observation d'une semaine à {city}, en {next} si possible. |
    Le journal paraît lundi :: Le numéro {n} de notre journal sort lundi ; j'y tiens la rubrique « {skill} ». |
    Bientôt l'oral :: Mon exposé dure {n} minutes et je parle trop vite : vos conseils sont les bienvenus.$$,
    $$La prof de maths nous a beaucoup aidés. | Après le bac, j'aimerais continuer dans ce domaine. | Mes parents n'y croyaient pas trop. |
    J'ai encore un contrôle lundi, donc je fais court. | C'était plus intéressant que prévu.$$, $$Merci d'avance ! | Bonnes vacances à tous ! |
    Si vous avez des idées, je prends.$$, NULL),
('en', 'work', $$The {n}-minute meeting :: We capped our team catch-up at {n} minutes, and nobody wants the old one back. |
    Leave a note :: Before my holiday I wrote one page about {thing}, so that nobody would have to ring me. |
    A useful mistake :: A mistake of mine on {thing} cost us {n} hours, so it may as well help somebody else. |
    Ask sooner :: I was stuck on {thing} for three days; {peer} had it solved before the kettle boiled. |
    Credit where it is due :: Big week for {thing}: thank you {peer}, and thank you everyone in {city}.$$,
    $$None of this is clever, but it adds up over a year. | The hard part was not technical; we simply had to talk first. |
    I should have written it down the first time. | {peer} and I did not believe in it at first. |
    Trying it early and small was worth more than any workshop.$$, $$How do you do it? | I would love to hear what you think. |
    Have a good week, everyone. | More in {next}. | Happy to compare notes.$$, $$It took us {n} months at {firm} to see that. |
    Who in {city} decides when the team does not agree? | Same here with {thing}. | {peer} has been saying so for {n} years. |
    How many people worked on it? We were {n}. | How did people on site take it? Here {peer} had doubts. |
    {peer} and I will come and see it in {city}.$$),
('en', 'hiring', $$We are hiring in {city} :: We are looking for someone to join us at {firm} in {city} and look after {thing}. |
    An apprenticeship with us :: From {next} our {city} team has room for one apprentice, mostly on {thing}. |
    What I listen for :: After {n} interviews in {month}, I remember the people who asked good questions. |
    One page will do :: I read {n} CVs for a role in {skill}, and the clearest ones fitted on a page. |
    Career changers welcome :: Our opening in {city} asks for no particular degree; you learn {thing} on the job.$$,
    $$Everyone gets an answer, also when it is no. | The interview takes an hour, without puzzles or homework. | Part-time works here. |
    Curiosity counts for more than years. | The pay range is in the advert. | The team is {k} people who still eat lunch together.$$,
    $$The advert is at example.com/jobs. | Send me a message, I read them all. | Please pass it on! | Applications stay open until {next}.$$,
    $$I will pass this on to a former colleague in {city}. | Is the role open to people in {city}? | Are you still looking in {next}? |
    At {firm} we stopped asking for cover letters. | How much experience in {skill} do you expect?$$),
('en', 'projects', $$It is live :: After {n} months of work on {thing}, we switched over on Monday. |
    A prototype in {n} days :: {peer} and I put together a first prototype for {thing} in {n} days. |
    Knowing when to stop :: We stopped a project on {skill} after {n} weeks, and it was the right call. |
    One number :: Six months on, we see {pct}% fewer errors with {thing}. |
    Repair evenings :: A few neighbours in {city} and I fix old laptops for local schools: {n} since {month}.$$, NULL, NULL, NULL),
('en', 'learning', $$Back to school at night :: I am taking an evening course in {skill}, twice a week until {next}. |
    Passed! :: I passed my certificate in {skill} this morning, after {n} weeks of flash cards. |
    Teach it to learn it :: I ran a workshop on {skill} for {n} colleagues in {city} and learnt more than they did. |
    Mentoring :: Since {month} I have been mentoring {peer}, who is new to the trade at {firm}. |
    {n} people in a room :: My first talk in {city}, about {thing}: {n} people in the room and very dry hands.$$,
    $$Finding the time is harder than finding the courage. | I had forgotten how good it feels not to know. | Beginners ask the best questions. |
    {peer} told me to start small, and was right. | You remember what you once got wrong.$$, NULL, $$Which book on {skill} would you start with? |
    The course on {skill} did the same for me. | I am looking for a group in {city}. | Hang on, {peer} says that the third month is the best.$$),
('en', 'ai', $$An assistant on trial :: For {n} weeks we have tried a writing assistant on {thing}. |
    Confident and wrong :: A model gave us a very confident and entirely wrong answer about {thing}. |
    A one-page policy :: At {firm} we wrote {n} rules for using AI, and they fit on one page. |
    Read it twice :: An assistant saved me {n} hours in {month}, and I gave half of them back to checking. |
    What do models eat? :: I read what {n} online services plan to do with our posts.$$, $$Our golden rule: nothing confidential in a prompt. |
    The gain is real for dull tasks and close to nothing elsewhere. | I like to know what a model has read. |
    Every answer is checked by somebody who knows the subject. | The sceptics turned out to be our best testers. |
    The choice should be simple: one switch, one date, one record.$$, NULL, $$And what happens to the text we send about {thing}? |
    At {firm} checking still takes {n} minutes a page. | I switched the setting off in {month}, on principle. |
    I left it on: my posts are there to be read. | It works better than expected for {thing}.$$),
('en', 'school', $$My week at {firm} :: I spent my work experience week at {firm} in {city} and asked about {n} questions a day. |
    Our robot drives! :: {peer} and I spent {n} afternoons at the club, and the robot now goes in a straight line. |
    Looking for a placement :: I am looking for a week of work experience in {city}, in {next} if possible. |
    Issue {n} is out :: Issue {n} of our school paper is out on Monday, and I write the column on {skill}. |
    My talk :: My talk takes {n} minutes and I speak too fast: any advice is welcome.$$, $$Our maths teacher helped a lot. |
    I would like to study this one day. | My parents were not so sure at first. | There is a test on Monday, so I will keep it short. |
    It was better than I expected.$$, $$Thank you! | Enjoy the holidays! | Ideas are welcome.$$, NULL)
) AS v (lang, topic, open, more, ends, reply);
INSERT INTO phrase SELECT lang, topic, pg_temp.list(open), pg_temp.list(more) FROM (VALUES
('fr', 'group', $$Question : par quoi commencer pour {thing} ? | Retour de {city} : « {skill} », nous le pratiquons depuis {n} mois. |
    Quelqu'un a-t-il un modèle de document pour {thing} ? | Nous nous retrouvons en {next} à {city} pour parler de ce thème : {skill}. |
    Réponse tardive à {peer} : oui, cela marche, en {n} étapes. | Attention, la méthode que je conseillais en {month} pour {thing} a un défaut.$$,
    $$Nous sommes {k} dans l'équipe. | Je partage nos notes si cela peut servir. | La difficulté est surtout humaine. |
    {peer} est d'un autre avis, et il se défend. | Un exemple concret m'aiderait.$$),
('fr', 'private', $$Bonjour {name}, entre nous : je gagne {pay} net par mois, et toi ? |
    {name}, je pense quitter {firm} en {next}, n'en parle à personne. | Merci {name}, mon numéro est le {phone}, appelle après 18 h. |
    Salut {name}, tu es à {city} en {next} ? | {name}, les résultats de l'hôpital sont bons, je reprends le travail dans {n} jours. |
    Coucou {name}, nous attendons un enfant pour {next} ! | {name}, peux-tu relire ma note sur {thing} avant vendredi ?$$,
    $$Je te raconterai de vive voix. | Surtout, garde-le pour toi. | Merci de ton soutien ces derniers temps. | Pas un mot à {peer}. |
    On déjeune ensemble ?$$),
('fr', 'reco', $$J'ai travaillé {n} mois avec {name} sur {thing}. | {name} et moi avons partagé un bureau chez {firm} pendant {n} mois.$$,
    $${name} écoute, tranche et tient parole. | Avec {name}, les réunions finissent à l'heure. | Un vrai sens du détail, et de l'humour. |
    On apprend beaucoup à ses côtés.$$),
('fr', 'inmail', $$Bonjour {name}, votre parcours m'a donné envie d'écrire : {firm} ouvre à {city} un poste autour de « {skill} ». |
    Bonjour {name}, nous cherchons quelqu'un pour {thing} dès {next}, autour de {pay} net par mois.$$, NULL),
('fr', 'screening', $$Disponible en {next}, préavis de {n} semaines, permis B. | {n} ans de pratique en « {skill} », dont une partie chez {firm}. |
    Mon dernier projet portait sur {thing}.$$, NULL),
('fr', 'resume', $${job}, {city}. Chez {firm} depuis {n} ans : {thing}. Compétences : {skill}. Langues : français, anglais.$$, NULL),
('fr', 'placement', $${name} a passé une semaine de stage avec nous à {city} : de la curiosité, du sérieux et de très bonnes questions.$$, NULL),
('fr', 'react', $$Merci {name}, c'est très juste. | Bravo {name} ! | Tout à fait d'accord. | Je n'y aurais pas pensé. | Intéressant, {name}. |
    Belle leçon. | Je vois cela un peu autrement. | Cela me parle beaucoup. | Bien résumé, {name}. | On en parlait justement hier à {city}.$$, NULL),
('fr', 'slip', $$Par souci de transparence : mon salaire est de {pay} net par mois. | Pour en parler de vive voix : {phone}. |
    Mon adresse : {mail}.$$, NULL),
('fr', 'profile', $${job} chez {firm} · {skill} | {job} à {city} | {job} · {skill} | {job} · Curiosité d'abord | {job} depuis {n} ans$$, NULL),
('fr', 'pupil', $$En classe à {city} · {skill} | {skill}, lectures et {n} idées par jour | Bientôt en stage ? · {skill}$$, NULL),
('en', 'group', $$Question: where would you start with {thing}? | News from {city}: we have practised {skill} for {n} months now. |
    Does anyone have a template for {thing}? | We meet in {city} in {next} to talk about {skill}. |
    Late answer to {peer}: yes, it works, in {n} steps. | A warning: what I advised in {month} about {thing} has a flaw.$$,
    $$There are {k} of us. | Happy to share our notes. | The difficulty is mostly people, not tools. | {peer} disagrees, and has a point. |
    A worked example would help me.$$),
('en', 'private', $$Hi {name}, between us: I earn {pay} a year, what about you? |
    {name}, I am thinking of leaving {firm} in {next}, please keep it quiet. | Thanks {name}, my number is {phone}, call me after six. |
    Hello {name}, are you in {city} in {next}? | {name}, the hospital results are fine, I am back at work in {n} days. |
    Hey {name}, we are expecting a baby in {next}! | {name}, could you read my note on {thing} before Friday?$$, $$I will tell you when we meet. |
    Please keep this to yourself. | Thank you for being there lately. | Not a word to {peer}. | Lunch soon?$$),
('en', 'reco', $$I worked with {name} on {thing} for {n} months. | {name} and I shared an office at {firm} for {n} months.$$,
    $${name} listens, decides and delivers. | With {name}, meetings end on time. | A rare eye for detail, and funny too. |
    You learn a lot at the next desk.$$),
('en', 'inmail', $$Hello {name}, your profile made me write: {firm} has an opening in {city} around {skill}. |
    Hi {name}, from {next} we need someone for {thing}, at around {pay} a year.$$, NULL),
('en', 'screening', $$Free from {next}, {n} weeks of notice. | {n} years of {skill}, some of them at {firm}. | My last project was {thing}.$$, NULL),
('en', 'resume', $${job}, {city}. At {firm} for {n} years: {thing}. Skills: {skill}. Languages: English, some French.$$, NULL),
('en', 'placement', $${name} spent a week of work experience with us in {city}: curious, reliable and full of good questions.$$, NULL),
('en', 'react', $$Well said, {name}, thank you. | Congratulations, {name}! | I could not agree more. | That had not occurred to me. |
    Interesting, {name}. | Good lesson. | I see it a little differently. | This rings a bell. | Nicely put, {name}. |
    We talked about this in {city} only yesterday.$$, NULL),
('en', 'slip', $$For the sake of openness: my salary is {pay} a year. | To talk it over, call me on {phone}. | Write to me at {mail}.$$, NULL),
('en', 'profile', $${job} at {firm} · {skill} | {job} in {city} | {job} · {skill} | {job} · Always learning | {job} for {n} years$$, NULL),
('en', 'pupil', $$At school in {city} · {skill} | {skill}, books and {n} ideas a day | Looking for work experience · {skill}$$, NULL)
) AS v (lang, topic, open, more);
UPDATE phrase AS p SET more = coalesce(p.more, w.more), ends = coalesce(p.ends, w.ends), reply = coalesce(p.reply, w.reply)
FROM phrase AS w WHERE (w.lang, w.topic) = (p.lang, 'work') AND p.topic IN ('projects', 'learning', 'ai');

-- 3. The dice ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.roll(salt text, id bigint, sides int) RETURNS int IMMUTABLE LANGUAGE sql
    RETURN ('x' || substr(md5(salt || id::text), 1, 7))::bit(28)::int % sides;
CREATE FUNCTION pg_temp.pick(list text[], salt text, id bigint) RETURNS text IMMUTABLE LANGUAGE sql
    RETURN list[1 + pg_temp.roll(salt, id, cardinality(list))];
-- Up to three different entries of a list of five or more.
CREATE FUNCTION pg_temp.say(list text[], many int, salt text, id bigint) RETURNS text IMMUTABLE LANGUAGE sql
    RETURN (SELECT string_agg(list[1 + (pg_temp.roll(salt, id, cardinality(list)) + i * (1 + pg_temp.roll(salt || '+', id, 2)))
                                       % cardinality(list)], ' ' ORDER BY i) FROM generate_series(0, many - 1) AS i);
-- A waking minute of one of the days from since to until, the last excluded.
CREATE FUNCTION pg_temp.moment(since date, until date, salt text, id bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql
    RETURN (since + pg_temp.roll(salt, id, until - since) + time '07:00' + make_interval(mins => pg_temp.roll(salt || '+', id, 840)))
           AT TIME ZONE 'UTC';
-- Somebody; some write much, most write little.
CREATE FUNCTION pg_temp.anyone(salt text, id bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
    RETURN 1 + least(pg_temp.roll(salt, id, 2000), pg_temp.roll(salt || '+', id, 2000), pg_temp.roll(salt || '-', id, 2000)) * 1237 % 2000;

-- 4. The members: who they are, then what they tell --------------------------------------------------------------------

CREATE TEMP TABLE persona ON COMMIT DROP AS
WITH story (id, woman, name, family, field, job, firm, city, school, born) AS (VALUES
    (7, 1, 'Camille', 'Aubrevert', 'logistics', 'Cheffe de projet logistique', 'Orvelac', 'Nantes', NULL, date '1988-04-12'),
    (16, 0, 'Noé', 'Kerlann', 'school', 'Élève', 'Tisselande', 'Rennes', 'lycée = Lycée des Trois-Rivières',
         (date :'today' - interval '16 years 4 months')::date),
    (42, 1, 'Solange', 'Méridec', 'health', 'Aide-soignante', 'Pontarive', 'Lille', 'lycée = Lycée du soir des Tilleuls', '1979-06-30')
), seat AS MATERIALIZED (   -- of the pupils three in seven are children and one in seven does not say; the others are 18 or more
    SELECT g.id, s.id IS NOT NULL AS told, pupil, pupil AND turn IN (0, 2, 4) AS child, pupil AND turn = 5 OR g.id = 42 AS silent,
           coalesce(s.woman, pg_temp.roll('woman', g.id, 2)) AS woman, s.name, s.family, s.job, s.firm, s.city, s.school, s.born,
           CASE WHEN pupil THEN 'school' WHEN g.id % 25 = 3 THEN 'people'
                ELSE coalesce(s.field, pg_temp.pick('{software,data,health,energy,logistics,people}', 'field', g.id)) END AS field,
           pupil AND turn IN (0, 2, 4, 5) AND s.id IS NULL AND pg_temp.roll('young', g.id, 3) = 0 AS young,
           CASE WHEN s.id IS NULL THEN pg_temp.roll('place', g.id, 100) ELSE 0 END AS spot
    FROM generate_series(1, 2000) AS g (id) LEFT JOIN story AS s USING (id),
         LATERAL (SELECT g.id % 33 = 16 AS pupil, (g.id - 16) / 33 % 7 AS turn) AS p
), home AS MATERIALIZED (
    SELECT s.*, l.lang, l.country, l.land, l.currency, l.sign, l.pay, c.first, c.second,
           coalesce(s.city, pg_temp.pick(l.cities, 'city', s.id)) AS town,
           coalesce(s.school, CASE WHEN young THEN lower_secondary ELSE pg_temp.pick(secondary, 'school', s.id) END) AS class
    FROM seat AS s JOIN place AS l ON l.upto = (SELECT min(upto) FROM place WHERE upto > s.spot) JOIN school AS c USING (schools)
)
SELECT h.id, told, pupil, silent, h.lang, country, land, town, currency, sign, pay, class, first, second, h.field,
       coalesce(h.name, pg_temp.pick(CASE woman WHEN 1 THEN women ELSE men END, 'name', h.id)) AS name,
       coalesce(h.family, pg_temp.pick(n.family, 'family', h.id)) AS family, coalesce(h.firm, pg_temp.pick(n.firm, 'firm', h.id)) AS firm,
       coalesce(h.job, nullif(split_part(a.job, '/', 1 + woman), ''), a.job) AS job,
       coalesce(h.born, CASE WHEN child THEN (date :'today' - make_interval(days => pg_temp.roll('day', h.id, 27),
                                 months => pg_temp.roll('age', h.id, 24) + CASE WHEN young THEN 168 ELSE 188 END))::date
                             WHEN pupil THEN date '2005-02-01' + pg_temp.roll('age', h.id, 900)
                             ELSE date '1960-01-15' + pg_temp.roll('age', h.id, 15900) END) AS born
FROM home AS h JOIN name AS n USING (lang) JOIN field AS f USING (field, lang), LATERAL (SELECT pg_temp.pick(f.jobs, 'job', h.id) AS job) AS a;

INSERT INTO member
SELECT id, base || coalesce('-' || nullif(row_number() OVER (PARTITION BY base ORDER BY id), 1), ''), name || ' ' || family, '',
       job || ', ' || CASE WHEN pupil THEN split_part(class, ' = ', 2) ELSE firm END, town || ', ' || land, country,
       CASE WHEN NOT silent AND (told OR pupil OR pg_temp.roll('birth', id, 100) > 14) THEN born END,
       pg_temp.moment(CASE WHEN pupil THEN '2025-01-10' ELSE greatest(date '2012-03-01', born + 7000) END, '2025-08-30', 'joined', id),
       CASE WHEN told OR pg_temp.roll('notice', id, 100) > 0 THEN pg_temp.moment('2025-09-18', '2025-10-21', 'notice', id) END
FROM persona, LATERAL (SELECT lower(translate(name || '.' || family, 'Éàâçéèêëîïôöüû ', 'Eaaceeeeiioouu-')) AS base) AS b;

INSERT INTO member_setting
SELECT m.id, NOT off, pg_temp.roll('newsletter', m.id, 3) > 0,
       CASE WHEN off THEN pg_temp.moment('2025-09-19', '2025-12-20', 'switch', m.id) ELSE m.created_at END
FROM member AS m JOIN persona AS p USING (id), LATERAL (SELECT NOT told AND pg_temp.roll('off', m.id, 100) < 11 AS off) AS o;

-- School is long over for most.  Pupils and member 42 are still there; five gave no dates, a few left the end open long ago.
INSERT INTO education
SELECT row_number() OVER (ORDER BY id, starts), id, split_part(school, ' = ', 2), split_part(school, ' = ', 1), starts, ends
FROM (SELECT id, pg_temp.pick(schools, 'stage', id) AS school, CASE WHEN NOT undated THEN starts END AS starts,
             CASE WHEN NOT undated AND NOT forgotten AND ends < '2025-12-31' THEN ends END AS ends
      FROM persona, LATERAL (VALUES (15, 18, 60, ARRAY[class]), (18, 21, 75, first), (21, 23, 35, second)) AS e (since, until, chance, schools),
           LATERAL (SELECT make_date(extract(year FROM born)::int + since, 9, 1) AS starts,
                           make_date(extract(year FROM born)::int + until, 6, 30) AS ends,
                           since = 15 AND id % 400 = 123 AS undated, since = 15 AND id % 200 = 50 AND born < '1994-01-01' AS forgotten) AS d
      WHERE NOT pupil AND id <> 42 AND starts < '2025-10-01'
        AND (pg_temp.roll('from ' || since::text, id, 100) < chance OR undated OR forgotten)
      UNION ALL SELECT id, class, '2024-09-02', NULL FROM persona WHERE pupil AND id % 2 = 1
      UNION ALL SELECT id, class, '2025-09-01', NULL FROM persona WHERE (pupil OR id = 42) AND id % 2 = 0) AS e;

INSERT INTO skill
SELECT row_number() OVER (ORDER BY p.id, i), p.id, upper(left(s, 1)) || substr(s, 2)
FROM persona AS p JOIN field AS f USING (field, lang), generate_series(1, pg_temp.roll('skills', p.id, 6)) AS i,
     LATERAL (SELECT f.skills[1 + (pg_temp.roll('skill', p.id, 5) + i) % 5] AS s) AS s;

INSERT INTO salary
SELECT id, (24000 + 100 * pg_temp.roll('salary', id, 420)) * pay, currency,
       pg_temp.moment(greatest(created_at::date + 1, '2023-01-01'), '2025-12-01', 'salary', id)
FROM persona JOIN member USING (id) WHERE id = 7 OR NOT pupil AND pg_temp.roll('gave', id, 100) < 65;

INSERT INTO discussion_group
SELECT row_number() OVER (ORDER BY field, lang), club, array_to_string(skills[1:3], ', ') FROM field WHERE club IS NOT NULL;

-- 5. What they write: who, when, to whom, and in which words -----------------------------------------------------------

CREATE TEMP TABLE draft (kind text, seq int, topic text, lang text, a bigint, b bigint, field text, at timestamptz, words text,
                         post bigint) ON COMMIT DROP;

-- A dozen posts slip in a salary, a telephone number or an address.
INSERT INTO draft
SELECT 'post', seq, t.topic, t.lang, p.id, NULL, p.field, at,
       concat_ws(' ', pg_temp.pick(w.open, 'open', seq), pg_temp.say(w.more, pg_temp.roll('many', seq, 4), 'more', seq),
                 CASE WHEN pg_temp.roll('ends?', seq, 5) < 3 THEN pg_temp.pick(w.ends, 'ends', seq) END,
                 CASE WHEN seq % 500 = 77 AND NOT pupil THEN slip.open[1 + seq / 500 % 3] END),
       row_number() OVER (ORDER BY at, seq)
FROM (SELECT seq, pg_temp.roll('era', seq, 3) AS era,
             CASE WHEN seq <= 6 THEN 7 WHEN seq <= 10 THEN 16 WHEN seq <= 13 THEN 42 ELSE pg_temp.anyone('author', seq) END AS author
      FROM generate_series(1, 6000) AS seq) AS g
JOIN persona AS p ON p.id = author JOIN member AS m USING (id) CROSS JOIN
LATERAL (SELECT pg_temp.moment(greatest(m.created_at::date + 1, ('{2019-01-01,2023-06-01,2025-01-01}'::date[])[1 + era]),
                               '2025-12-20', 'post', seq) AS at,
                CASE WHEN p.lang = 'en' OR NOT (pupil OR told) AND pg_temp.roll('tongue', seq, 6) = 0 THEN 'en' ELSE 'fr' END AS lang,
                CASE WHEN pupil THEN 'school' ELSE ('{work,hiring,projects,learning,ai}'::text[])     -- hardly anybody spoke of AI in 2019
                    [1 + CASE WHEN told THEN seq ELSE pg_temp.roll('topic', seq, 60) END % CASE era WHEN 0 THEN 4 ELSE 5 END] END AS topic) AS t
JOIN phrase AS w ON (w.lang, w.topic) = (t.lang, t.topic) JOIN phrase AS slip ON (slip.lang, slip.topic) = (t.lang, 'slip');

INSERT INTO draft
SELECT 'comment', g.seq, d.topic, d.lang, c.id, CASE WHEN d.seq % 240 <> 99 THEN d.a END, c.field,
       pg_temp.moment(since, since + 10, 'comment', g.seq),
       concat_ws(' ', CASE WHEN style > 0 OR w.reply IS NULL OR c.pupil THEN pg_temp.pick(r.open, 'react', g.seq) END,
                      CASE WHEN style < 8 AND NOT c.pupil THEN pg_temp.pick(w.reply, 'reply', g.seq) END), d.post
FROM generate_series(1, 11300) AS g (seq)
JOIN draft AS d ON d.seq = 1 + least(pg_temp.roll('thread', g.seq, 6000), pg_temp.roll('thread+', g.seq, 6000))
JOIN persona AS c ON c.id = CASE WHEN g.seq <= 16 THEN 7 WHEN g.seq <= 24 THEN 16 ELSE pg_temp.anyone('comments', g.seq) END
JOIN member AS m ON m.id = c.id
JOIN phrase AS w ON (w.lang, w.topic) = (d.lang, d.topic) JOIN phrase AS r ON (r.lang, r.topic) = (d.lang, 'react'),
LATERAL (SELECT pg_temp.roll('style', g.seq, 10) AS style, greatest(d.at, m.created_at)::date + 1 AS since) AS s
WHERE c.id <> d.a AND (c.lang = 'fr' OR d.lang = 'en');

-- From a to b.  In groups b only listens; what recruiters (a) are told is said by b.  Pupils are nowhere but recommended, after a placement.
INSERT INTO draft
SELECT s.kind, seq, t.topic, t.lang, a.id, b.id, CASE WHEN s.kind IN ('group', 'private') THEN a.field ELSE b.field END, at,
       concat_ws(' ', pg_temp.pick(w.open, s.kind, seq), pg_temp.say(more, pg_temp.roll('many', seq, 2) + (t.topic = 'reco')::int, s.kind, seq))
FROM (VALUES ('group', 2650), ('private', 4280), ('recruiter', 1580), ('reco', 1240)) AS s (kind, many) CROSS JOIN generate_series(1, many) AS seq
JOIN persona AS a ON a.id = CASE WHEN s.kind = 'recruiter' THEN 3 + 25 * pg_temp.roll(s.kind, seq, 80) WHEN seq <= 4 THEN 7
                                 ELSE pg_temp.anyone(s.kind, seq) END
JOIN persona AS b ON b.id = CASE WHEN seq BETWEEN 5 AND 8 THEN 7 ELSE pg_temp.anyone(s.kind || ' to', seq) END
JOIN member AS m ON m.id = a.id JOIN member AS n ON n.id = b.id,
LATERAL (SELECT pg_temp.moment(greatest(m.created_at::date + 1, n.created_at::date + 1, date '2019-01-01'), '2025-12-20', s.kind, seq) AS at,
                CASE WHEN s.kind = 'recruiter' THEN ('{inmail,inmail,screening,screening,resume}'::text[])[1 + seq % 5]
                     WHEN b.pupil THEN 'placement' ELSE s.kind END AS topic,
                CASE WHEN s.kind = 'group' OR a.lang = b.lang THEN a.lang WHEN s.kind = 'recruiter' AND seq % 5 > 1 THEN b.lang
                     ELSE 'en' END AS lang) AS t
JOIN phrase AS w USING (lang, topic)
WHERE a.id <> b.id AND NOT a.pupil AND (NOT b.pupil OR s.kind = 'reco');

INSERT INTO draft
SELECT 'headline', id, topic, lang, id, NULL, field, NULL, pg_temp.pick(open, 'headline', id)
FROM persona JOIN phrase USING (lang) WHERE topic = CASE WHEN pupil THEN 'pupil' ELSE 'profile' END;

-- 6. The slots filled, and all of it where it belongs -------------------------------------------------------------------

CREATE TEMP TABLE said ON COMMIT DROP AS
SELECT d.*, body, row_number() OVER (PARTITION BY kind ORDER BY at, seq) AS nth
FROM draft AS d JOIN persona AS p ON p.id = CASE WHEN d.topic IN ('screening', 'resume') THEN d.b ELSE d.a END
JOIN member AS m USING (id) JOIN field AS f ON (f.field, f.lang) = (d.field, d.lang) JOIN name AS n ON n.lang = d.lang
LEFT JOIN persona AS o ON o.id = d.b,
LATERAL (SELECT string_agg(CASE WHEN i % 2 = 1 THEN word ELSE CASE word
        WHEN 'name' THEN o.name WHEN 'job' THEN p.job WHEN 'city' THEN p.town WHEN 'firm' THEN p.firm
        WHEN 'thing' THEN pg_temp.pick(f.things, kind || 'thing', seq)
        WHEN 'skill' THEN pg_temp.pick(f.skills, kind || 'skill', seq)
        WHEN 'peer' THEN pg_temp.pick(array_remove(array_remove(n.women || n.men, p.name), o.name), kind || 'peer', seq)
        WHEN 'month' THEN n.month[1 + (extract(month FROM at)::int + 10 - pg_temp.roll(kind || 'month', seq, 3)) % 12]
        WHEN 'next' THEN n.month[1 + (extract(month FROM at)::int + pg_temp.roll(kind || 'next', seq, 4)) % 12]
        WHEN 'n' THEN (3 + pg_temp.roll(kind || 'n', seq, 16))::text
        WHEN 'k' THEN (4 + pg_temp.roll(kind || 'k', seq, 9))::text
        WHEN 'pct' THEN (8 + pg_temp.roll(kind || 'pct', seq, 35))::text
        WHEN 'mail' THEN m.handle || CASE d.lang WHEN 'fr' THEN '@example.fr' ELSE '@example.com' END
        WHEN 'phone' THEN CASE d.lang WHEN 'fr' THEN '06 39 98 ' || to_char(pg_temp.roll(kind, seq, 10000), 'FM00 00')
                                      ELSE '07700 900' || to_char(pg_temp.roll(kind, seq, 1000), 'FM000') END
        WHEN 'pay' THEN CASE d.lang WHEN 'fr' THEN to_char(100 * round((21 + pg_temp.roll(kind || 'pay', seq, 28)) * p.pay), 'FM99 000') || p.sign
                                    ELSE btrim(p.sign) || to_char(1000 * round((28 + pg_temp.roll(kind || 'pay', seq, 40)) * p.pay), 'FM999,000') END
        END END, '' ORDER BY i) AS body
    FROM string_to_table(translate(CASE WHEN o.name IS NULL THEN replace(replace(words, ', {name}', ''), ' {name}', '') ELSE words END, '}', '{'),
                         '{') WITH ORDINALITY AS w (word, i)) AS w;

UPDATE member SET headline = upper(left(body, 1)) || substr(body, 2) FROM said WHERE kind = 'headline' AND seq = id;
INSERT INTO post   -- the authors of some two dozen have left
SELECT nth, CASE WHEN seq % 240 <> 99 THEN a END, split_part(body, ' :: ', 1), split_part(body, ' :: ', 2), at FROM said WHERE kind = 'post';
INSERT INTO comment SELECT nth, post, a, body, at FROM said WHERE kind = 'comment';
INSERT INTO group_contribution
SELECT nth, g.id, a, body, at FROM said AS s JOIN field AS f USING (field, lang) JOIN discussion_group AS g ON g.name = f.club WHERE kind = 'group';
INSERT INTO private_message SELECT nth, a, b, body, at FROM said WHERE kind = 'private';
INSERT INTO recruiter_exchange
SELECT nth, a, b, topic, CASE WHEN pg_temp.roll('tied', seq, 8) < CASE topic WHEN 'inmail' THEN 1 ELSE 4 END THEN 10000 + seq END, body, at
FROM said WHERE kind = 'recruiter';
INSERT INTO recommendation SELECT nth, a, b, body, at FROM said WHERE kind = 'reco' ON CONFLICT (giver_id, receiver_id) DO NOTHING;

CREATE INDEX ON education (member_id);          CREATE INDEX ON skill (member_id);
CREATE INDEX ON post (author_id);               CREATE INDEX ON recommendation (receiver_id);
CREATE INDEX ON comment (post_id);              CREATE INDEX ON comment (author_id);
CREATE INDEX ON group_contribution (group_id);  CREATE INDEX ON group_contribution (author_id);
CREATE INDEX ON private_message (sender_id);    CREATE INDEX ON private_message (recipient_id);
CREATE INDEX ON recruiter_exchange (member_id); CREATE INDEX ON recruiter_exchange (recruiter_id);
ANALYZE member, member_setting, education, skill, post, comment, discussion_group, group_contribution, private_message,
        recruiter_exchange, recommendation, salary;

COMMIT;
