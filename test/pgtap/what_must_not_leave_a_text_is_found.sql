-- What must not leave a text is found: each class in the forms in which people
-- write it, and what only looks like it stays.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;

-- Vendors' tokens are put together here, so that nothing takes them for real.
CREATE TEMPORARY TABLE t_case (
	number int GENERATED ALWAYS AS IDENTITY,
	says text NOT NULL,
	value text NOT NULL,
	expected text				-- NULL: nothing is found
);

INSERT INTO t_case (says, value, expected) VALUES
-- E-mail
('an address', 'Écrivez à jeanne.martin@exemple.fr, merci', 'Écrivez à [EMAIL], merci'),
('with a tag, in capitals', 'JEANNE+RH@MAIL.EXEMPLE.FR', '[EMAIL]'),
('of a host in another script', 'schreib an benedikt@müller-theele.de!', 'schreib an [EMAIL]!'),
('at the end of a sentence', 'Mail me: a_b-c@example.co.uk.', 'Mail me: [EMAIL].'),
('with an apostrophe of its own', 'sean.o''hara@example.org', '[EMAIL]'),
('behind an elision', 'l''adresse d''anna@example.org est fermée', 'l''adresse d''[EMAIL] est fermée'),
('with brackets for its signs', 'jeanne (at) exemple (dot) fr', '[EMAIL]'),
('with square ones', 'jeanne [at] exemple[dot]fr', '[EMAIL]'),
('in French words', 'jeanne.martin arobase exemple point fr', '[EMAIL]'),
('in Spanish words', 'mi correo: ines arroba ejemplo punto com', 'mi correo: [EMAIL]'),
('in German words', 'anke (ät) beispiel (punkt) de', '[EMAIL]'),
('in English words', 'write to grace dot hopper at example dot org', 'write to [EMAIL]'),
('in capitals', 'jeanne AT exemple DOT fr', '[EMAIL]'),
('with blanks', 'jeanne @ exemple . fr', '[EMAIL]'),
('at a house of mail', 'reach me at jeanne.martin at gmail.com', 'reach me at [EMAIL]'),
('in full-width letters', 'jeanne＠exemple．fr', '[EMAIL]'),
('with what has no width in it', E'jeanne\u200b@exe\u200bmple.fr', '[EMAIL]'),
('a package is none', 'npm i react@14.17.9 @types/node@1.0.5', NULL),
('a time is none', 'RDV @ 14h au café, meet @ 5pm', NULL),
('a place is none', 'We met at the dot on the map', NULL),
('with points in French', 'Mon mail : fatou point rousseau arobase novalys point fr', 'Mon mail : [EMAIL]'),

-- Telephone numbers
('from abroad', 'Appelez le +33 6 12 34 56 78', 'Appelez le [PHONE]'),
('with the 0 that is not dialled', '+41 (0)78 128 16 26', '[PHONE]'),
('with 00', 'Tel. 0041 21 234 38 24', 'Tel. [PHONE]'),
('in France', 'mon portable 06.12.34.56.78 svp', 'mon portable [PHONE] svp'),
('without blanks', 'joignable au 0612345678', 'joignable au [PHONE]'),
('in America', 'call (506) 234-5797 or 506-234-5796', 'call [PHONE] or [PHONE]'),
('with an extension', 'Phone: 223-087-9502 x4266', 'Phone: [PHONE]'),
('in Spain', 'Tfno. 612 77 14 72', 'Tfno. [PHONE]'),
('in Switzerland', 'Natel 078 128 16 26', 'Natel [PHONE]'),
('in Germany', 'Tel. und Fax 07561 / 3128', 'Tel. und Fax [PHONE]'),
('in Britain', 'ring 0121 234 8626 after six', 'ring [PHONE] after six'),
('with narrow blanks', E'+33\u202f6\u202f12\u202f34\u202f56\u202f78', '[PHONE]'),
('in full-width digits', '電話 ＋３３ ６ １２ ３４ ５６ ７８', '電話 [PHONE]'),
('two of them', '06 12 34 56 78 / 01 23 45 67 89', '[PHONE] / [PHONE]'),
('behind a postal code', '75011 Paris, 01 23 45 67 89', '75011 Paris, [PHONE]'),
('a file''s number is none', 'Réf. dossier 3594-3980-0361', NULL),
('a book''s is none', 'ISBN 978-2-0111-9519-3 : à lire !', NULL),
('years are none', '1961-1992 : une saison record', NULL),
('a date is none', 'Stand 27.06.2010, 14:30 Uhr', NULL),
('a count is none', 'Population : 2 145 906 habitants', NULL),
('coordinates are none', 'GPS 46.05158, -56.71588', NULL),
('an order is none', 'Pedido n.º 5837073681 del 02/07/2022', NULL),
('a digest is none', 'commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', NULL),
('a UUID is none', 'uuid=64479753-f8c6-43e5-8657-32debe3e0d38', NULL),

-- Accounts and cards
('an IBAN', 'IBAN FR76 3000 6000 0112 3456 7890 189 svp', 'IBAN [IBAN] svp'),
('without blanks, in small letters', 'refund to gb82west12345698765432 thanks', 'refund to [IBAN] thanks'),
('what its check digits deny is none', 'the test FR76 3000 6000 0112 3456 7890 188 fails', NULL),
('a number of VAT is none', 'tva FR47506214766', NULL),
('a card', 'Ma carte 4970 1012 3456 7890 a été débitée', 'Ma carte [CREDIT_CARD] a été débitée'),
('without blanks', 'paid with 4111111111111111 today', 'paid with [CREDIT_CARD] today'),
('of fifteen digits', 'Amex 3782 822463 10005', 'Amex [CREDIT_CARD]'),
('with its date', 'CB : 5555-5555-5555-4444 exp 09/27', 'CB : [CREDIT_CARD] exp 09/27'),
('what its check digit denies is none', 'order 4111111111111112', NULL),
('and nobody need say so', 'paid with 4111111111111112 today', NULL),
('a parcel''s number is none', 'UPS 1ZVGHYXS5222026985', NULL),

-- Numbers of states
('FR', 'sécu : 1 85 05 78 006 084 91', 'sécu : [NATIONAL_ID]'),
('FR, of Corsica', '2 99 03 2A 004 120 67', '[NATIONAL_ID]'),
('CH', 'AHV-Nr. 756.9217.0769.85', 'AHV-Nr. [NATIONAL_ID]'),
('ES', 'mi DNI es 12345678Z', 'mi DNI es [NATIONAL_ID]'),
('ES, of foreigners', 'NIE X1234567L', 'NIE [NATIONAL_ID]'),
('DE', 'Steuer-ID 86 095 742 719', 'Steuer-ID [NATIONAL_ID]'),
('UK', 'my NI number: AB 12 34 56 C', 'my NI number: [NATIONAL_ID]'),
('US', 'SSN 536-22-1234', 'SSN [NATIONAL_ID]'),
('BE', 'registre national 85.07.30-033.28', 'registre national [NATIONAL_ID]'),
('IT', 'codice fiscale RSSMRA85T10A562S', 'codice fiscale [NATIONAL_ID]'),
('CA', 'my SIN is 046 454 286', NULL),
('CA, that is given out', 'my SIN is 130 692 544', 'my SIN is [NATIONAL_ID]'),
('a letter that does not check is none', 'lote 12345678A', NULL),

-- Credentials
('of GitHub', 'token=' || 'gh' || 'p_' || 'R9txs8ZBtrGGrUcsopwhjyCl6hDVrjg5NI4q', 'token=[CREDENTIAL]'),
('of AWS', 'key ' || 'AK' || 'IA' || 'Z6BHHCKK4QY3N6GC', 'key [CREDENTIAL]'),
('of Stripe', 'sk' || '_live_' || 'YNzF6JiWABTAo59f9Ib3Pfll', '[CREDENTIAL]'),
('of SendGrid', 'SG' || '.3dCtW7Xg3C2EIhI3CHMkoa.mguirIDK1OC1EE2KRmJyLRFIZtsLhuu7eh3TUPzX4kM', '[CREDENTIAL]'),
('a web token', 'Bearer eyJ' || 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dBjftJeZ4CVPmB92K27uhbUJU1p1r', 'Bearer [CREDENTIAL]'),
('a private key', '-----BEGIN ' || E'PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0B\nAQEFAASCAT8wggE7\n-----END ' || 'PRIVATE KEY-----', '[CREDENTIAL]'),
('a password, in French', 'le mot de passe du wifi est Soleil35%', 'le mot de passe du wifi est [CREDENTIAL]'),
('behind a curved apostrophe', 'password de l’Xy9!abcd ok', 'password de l’[CREDENTIAL] ok'),
('of something', 'le mot de passe de l’atelier est Soleil35%', 'le mot de passe de l’atelier est [CREDENTIAL]'),
('said late', 'le mot de passe est toujours Soleil35%', 'le mot de passe est toujours [CREDENTIAL]'),
('with a colon', 'identifiant : invite / mdp: zBoFZAP_ZXI1', 'identifiant : invite / mdp: [CREDENTIAL]'),
('in German', 'Passwort: Winter65!', 'Passwort: [CREDENTIAL]'),
('in Spanish', 'la contraseña es Verano96%', 'la contraseña es [CREDENTIAL]'),
('in English, in quotes', 'the password was "correct horse9"', NULL),
('of one word, in quotes', 'the password was "hunter2!"', 'the password was "[CREDENTIAL]"'),
('with a sign', 'user: guest, pwd=dReR!623', 'user: guest, pwd=[CREDENTIAL]'),
('behind its address', 'edward@example.com / W!nter2024.', '[EMAIL] / [CREDENTIAL].'),
('talk of passwords is none', 'password reset is broken, mot de passe oublié ?', NULL),
('a place for one is none', 'password: ${DB_PASSWORD}, pwd=****', NULL),
('behind the name of its account', 'Compte admin du site : bureau / Orange-Lune48.', 'Compte admin du site : bureau / [CREDENTIAL].'),
('a pair of words behind an account is none', 'Compte rendu du compte commun : marché / boulangerie.', NULL),
('a pair behind no account is none', 'Menu du jour : Poulet / Frites2024!', NULL),
('not far behind what was none', 'Im Build v2rc1x steht: Kennwort lautet Winter65!', 'Im Build v2rc1x steht: Kennwort lautet [CREDENTIAL]'),

-- Addresses that open something
('with a password', 'git clone https://deploy:l4d8Dc3K1g@git.example.com/repo.git', 'git clone [URL_SECRET]'),
('with a token', 'https://example.org/reset?token=Xf9ZJGYaxd9G2ehJ69sIiB8QnRQ8HDJy ok', '[URL_SECRET] ok'),
('with a signature', 'https://example.org/share?sas=1&sig=K4YscSlDKPVKBMsGOwPMIyD8OMMy%3D', '[URL_SECRET]'),
('behind a #', 'https://example.org/magic#id_token=1iBBa6MGkMpvFqfLrJi4gvFmv1LSX', '[URL_SECRET]'),
('a hook', 'https://hooks.slack.com/services/T0001/B0001/abcdefghijkl', '[URL_SECRET]'),
('without its scheme', 'example.org/reset?token=Xf9ZJGYaxd9G2ehJ69sI', '[URL_SECRET]'),
('a page is none', 'www.example.org/jobs?page=2&lang=fr, https://example.org/p/03439', NULL),
('numbers in a page are no one''s', 'https://example.org/posts/0612345678/4111111111111111', NULL),

-- Hosts
('a public address', 'blocked 81.2.69.142 again', 'blocked [IP] again'),
('of version 6', 'from 2a02:1210:5e3d::7 today', 'from [IP] today'),
('private ones are none', '10.0.0.1, 192.168.1.20, 172.16.4.4, 127.0.0.1, fe80::1', NULL),
('those of examples are none', '192.0.2.1, 198.51.100.7, 203.0.113.9, 2001:db8::1', NULL),
('chapters and versions are none', 'Version 6.0.1.26, chapter 3.2.1.4, v8.2.9.33', NULL),

-- Pay
('a salary', 'Mon salaire actuel est de 24 k€.', 'Mon salaire actuel est de [SALARY].'),
('a month''s', 'Je touche 2 350 € net par mois', 'Je touche [SALARY] net par mois'),
('with an apostrophe', 'Gehalt: CHF 48''000', 'Gehalt: [SALARY]'),
('a range', 'Package 65-70k€ selon profil', 'Package [SALARY] selon profil'),
('of two', 'Rémunération entre 35 et 45 k€', 'Rémunération entre [SALARY]'),
('in dollars', 'They offered me $120k OTE plus equity', 'They offered me [SALARY] OTE plus equity'),
('a day''s rate', 'Mon TJM est de 650 € en régie', 'Mon TJM est de [SALARY] en régie'),
('an hour''s', 'I earn £13.50 an hour at the warehouse', 'I earn [SALARY] an hour at the warehouse'),
('a wish', 'Gehaltsvorstellung: 52-59k', 'Gehaltsvorstellung: [SALARY]'),
('a bonus', 'Bonus anual de 95K €', 'Bonus anual de [SALARY]'),
('a number alone', 'brut annuel: 24000', 'brut annuel: [SALARY]'),
('two, one behind the other', 'I went from $75,000 to $82,000 base', 'I went from [SALARY] base'),
('in words', 'un salaire de trente-cinq mille euros par an', 'un salaire de [SALARY] par an'),
('in words without a currency', 'My last salary? Eighty-five thousand. I said it out loud.', 'My last salary? [SALARY]. I said it out loud.'),
('in one word', 'Mein Gehalt liegt bei fünfundvierzigtausend im Jahr', 'Mein Gehalt liegt bei [SALARY] im Jahr'),
('in francs, in words', 'Salaire de quatre-vingt-dix mille francs', 'Salaire de [SALARY]'),
('a T for thousands', 'Ich bin beim Gehalt von 43T auf 53T gesprungen', 'Ich bin beim Gehalt von [SALARY] gesprungen'),
('an e for euros', 'on me propose 1960e net en interim', 'on me propose [SALARY] net en interim'),
('a day''s, in letters', 'Contract Scrum Master, day rate £525pd', 'Contract Scrum Master, day rate [SALARY]pd'),
('a small number where pay is talked of', 'Recruiter: current salary? Me: I''m on 47.', 'Recruiter: current salary? Me: I''m on [SALARY].'),
('a small number in French', 'Niveau salaire je suis à 42, et toi ?', 'Niveau salaire je suis à [SALARY], et toi ?'),
('a small number of years is none', 'I am 47 and still learning.', NULL),
('a small number of people is none', 'Notre équipe de vente est à 42 personnes', NULL),
('a small number before a word', 'Niveau salaire, on me propose 52 brut', 'Niveau salaire, on me propose [SALARY] brut'),
('a small number behind its currency', 'Stundenlohn von CHF 32 laut Vertrag', 'Stundenlohn von [SALARY] laut Vertrag'),
('people next to a word of pay are none', 'Le salaire net de 450 salariés augmente', NULL),
('a word without end says nothing', repeat('a', 60) || 'gehalt 4200 €', NULL),
('millions in words are none', 'Die Regierung erhält rund vier Millionen Mark', NULL),
('the number of a book is none', 'Les salaires des cadres, ISBN 978-2-5079-6437-7', NULL),
('a raise in rent is none', 'Le loyer de nos bureaux passe de 3 800 € à 5 000 € par mois.', NULL),
('net pay for a month', 'Net pay for October is €2,302.55.', 'Net pay for October is [SALARY].'),
('revenue is none', 'We hit €75k in monthly recurring revenue.', NULL),
('a price is none', 'Le billet coûte 18,5 € par personne', NULL),
('funding is none', 'Levée de fonds de 120 M€ en série A', NULL),
('a fine is none', 'Amende de 42 k€ infligée par la CNIL', NULL),
('a budget is none, whoever says so', 'Our budget is 30 k€.', NULL),
('a budget is none', 'Budget marketing de 75k validé', NULL),
('a rent is none', 'Rent is 1,800 dollars a month in Dublin', NULL),
('heads are none', 'Plus de 58000 salariés dans 12 pays', NULL),
('followers are none', '65,000 followers, thank you!', NULL),
('a share is none', 'Les salaires augmentent de 10 % cette année', NULL),
('a list is none', 'Salaire : 5 erreurs à éviter en entretien', NULL),

-- What comes to light once the rest is masked
('a number before an address that begins with one', 'Fixe +33 61 12 68@example.de', 'Fixe [PHONE] [EMAIL]'),

-- Nothing
('an empty text', '', NULL),
('a handle is not looked up here', 'Merci @jeanne_martin !', NULL),
('placeholders', '[EMAIL] [PHONE] [SALARY] [MENTION] salaire [SALARY]', NULL),
('prose', 'En 2019, nous étions 12 sur 345 ; le 3 mai, à 18 h 30, il faisait 27 °C.', NULL);

SELECT plan((SELECT count(*) * 3 + 9 FROM t_case)::int);

SELECT is(aiconsent.scrub(value), coalesce(expected, value),
		  says || ': ' || left(value, 30))
	FROM t_case ORDER BY number;

-- What scan() says is what scrub() does.
SELECT is((SELECT string_agg(CASE WHEN part % 2 = 1 THEN '[' || class || ']' ELSE piece END, '' ORDER BY part)
		   FROM (SELECT 2 * n AS part, NULL AS class,
						substr(value, coalesce(lag(start + length) OVER w, 1),
							   start - coalesce(lag(start + length) OVER w, 1)) AS piece
				 FROM aiconsent.scan(value) WITH ORDINALITY AS s(class, start, length, n)
				 WINDOW w AS (ORDER BY n)
				 UNION ALL
				 SELECT 2 * n + 1, s.class, NULL
				 FROM aiconsent.scan(value) WITH ORDINALITY AS s(class, start, length, n)
				 UNION ALL
				 SELECT 1000000, NULL, substr(value, coalesce(max(start + length), 1))
				 FROM aiconsent.scan(value)) p),
		  aiconsent.scrub(value), 'scan() and scrub() agree: ' || says)
	FROM t_case ORDER BY number;

SELECT is(aiconsent.scrub(aiconsent.scrub(value)), aiconsent.scrub(value),
		  'what was scrubbed stays: ' || says)
	FROM t_case ORDER BY number;

-- All texts together, with blank lines between them, as each alone.
SELECT is(aiconsent.scrub(string_agg(value, E'\n\n' ORDER BY number)),
		  string_agg(coalesce(expected, value), E'\n\n' ORDER BY number),
		  'a paragraph says nothing of the next')
	FROM t_case;

SELECT is((SELECT count(*) FROM aiconsent.scan(E'mot de passe estA' || behind)), (SELECT count(*) FROM aiconsent.scan('mot de passe estA')),
		  'a line ends as a text does: ' || quote_literal(behind))
	FROM unnest(ARRAY[E'\n', E'\n\nhello', E'\n\n Ko?ktIen=a13d4e5f6AA4']) behind;

-- Strict: every amount near a word of pay, and no other.
SELECT is(aiconsent.scrub('Le loyer est de 900 €, et le salaire n''est pas encore fixé', strict),
		  CASE WHEN strict THEN 'Le loyer est de [SALARY], et le salaire n''est pas encore fixé'
			   ELSE 'Le loyer est de 900 €, et le salaire n''est pas encore fixé' END,
		  format('strict: %s', strict))
	FROM unnest('{false,true}'::boolean[]) strict;
SELECT is(aiconsent.scrub('We sold 900 € of cake', true), 'We sold 900 € of cake', 'strict, and no word of pay');
SELECT is((SELECT count(*) FROM aiconsent.scan('Le loyer est de 900 €, et le salaire n''est pas encore fixé', true)), 1::bigint,
		  'scan() is strict, too');

SELECT matches(aiconsent.rules_version(),
			   '^scanner \d+, words \d+, weights of pay [0-9a-f]{8}, telephone numbers .+, top-level domains IANA \d+, IBANs .+, credentials .+$',
			   'the rules have a version');
SELECT * FROM finish();
ROLLBACK;
