-- What does a schema that we have never seen hold?  Guesses from its names.

CREATE TABLE aiconsent.name_word (
	word text COLLATE "C" NOT NULL,
	kind text NOT NULL CHECK (kind IN
		('field', 'number', 'name', 'table', 'text', 'mail', 'person', 'reference', 'time', 'notice', 'school', 'choice', 'refusal')),
	sensitivity aiconsent.sensitivity,
	own boolean NOT NULL DEFAULT true,
	PRIMARY KEY (word, kind)
);
COMMENT ON TABLE aiconsent.name_word IS
'words of names of columns and tables, in lower case and without accents, several with underscores between them, and what they tell: field, what a column holds; number, the same of numbers and dates, too; name, a name: of a person in a table of persons, elsewhere a text; table, what the texts of a table hold; text, that a column is such a text (with a sensitivity: also in a table that tells nothing); mail, a column that only letters have, so that the texts of its table are messages; person, a table of persons; reference, a column that names one; time, when a row was written; notice, when a person was told; school, schooling; choice and refusal, a setting. In English, French, German, Spanish, Italian, Portuguese and Dutch; add your own';
COMMENT ON COLUMN aiconsent.name_word.own IS
'yours, and not of those that come with the extension';

INSERT INTO aiconsent.name_word (word, kind, sensitivity, own)
SELECT DISTINCT ON (k.kind, w) w, k.kind, k.sensitivity::aiconsent.sensitivity, false
FROM (VALUES
-- Never, whatever the setting.
(1, 'field', 'never{credential}', 'password passwd passphrase passcode auth hmac pwd pw pass pword pwhash password_hash passhash salt token tokens secret secrets api_key apikey access_key private_key secret_key auth_key session_key session_id sessionid session_token sid cookie cookies otp totp hotp pin puk credential credentials oauth jwt csrf nonce recovery_code reset_code activation_code activation_key verification_code confirm_code signature ssh_key pgp_key certificate_key'
	' mot_de_passe motdepasse mdp cle_api cle_privee jeton code_secret passwort kennwort zugangsdaten geheimnis schluessel contrasena clave clave_privada clave_api ficha_secreta parola_d_ordine parola_chiave chiave_privata chiave_api segreto senha chave_api chave_privada segredo wachtwoord geheim sleutel toegangscode'),
(1, 'number', 'never{salary}', 'salary salaries wage wages pay payroll compensation remuneration income earnings bonus ote base_pay hourly_rate day_rate pay_rate pay_grade stipend gross_pay net_pay salary_expectation'
	' salaire salaires remuneration traitement paie paye revenu revenus tjm pretentions gehalt gehaelter lohn loehne verguetung einkommen bezuege stundensatz tagessatz gehaltswunsch sueldo sueldos salario salarios nomina remuneracion ingresos paga stipendio stipendi retribuzione reddito compenso salari ordenado ordenados vencimento remuneracao renda salaris loon inkomen bezoldiging vergoeding uurloon'),
(1, 'number', 'never{payment}', 'iban bic swift account_number bank_account bankaccount routing_number sort_code card_number cardnumber card_no credit_card creditcard debit_card cc_number ccnum cvv cvc cvv2 card_expiry pan payment payments payment_method wallet wallets billing invoice stripe_id paypal'
	' portefeuille brieftasche geldboerse monedero cartera portafoglio carteira portemonnee carte_bancaire numero_carte carte_bleue rib compte_bancaire paiement facturation moyen_de_paiement kontonummer bankverbindung kreditkarte kartennummer zahlung zahlungsart rechnung blz cuenta_bancaria numero_cuenta tarjeta numero_tarjeta tarjeta_credito pago pagos factura conto_bancario conto_corrente carta_di_credito numero_carta pagamento pagamenti fattura conta_bancaria cartao cartao_credito numero_cartao fatura rekeningnummer bankrekening creditcard betaling betaalwijze factuur'),
(1, 'field', 'never{message}', 'private_message direct_message inmail whisper private_note dm message_prive mp private_nachricht mensaje_privado messaggio_privato mensagem_privada prive_bericht'),
(1, 'field', 'never{application}', 'cover_letter application_letter application_answer lettre_de_motivation motivation_letter anschreiben bewerbung carta_de_presentacion lettera_di_presentazione carta_de_apresentacao motivatiebrief sollicitatie'),
-- Special categories (GDPR Art. 9).
(2, 'field', 'sensitive{profile.health}', 'health disease diagnosis disability allergy allergies medical medication illness pregnancy blood_type vaccination sante maladie handicap allergie diagnostic medicament groupe_sanguin gesundheit krankheit behinderung allergien diagnose medikament blutgruppe salud enfermedad discapacidad alergia alergias diagnostico salute malattia disabilita diagnosi saude doenca deficiencia gezondheid ziekte handicap allergieen bloedgroep'),
(2, 'field', 'sensitive{profile.religion}', 'religion religious faith belief confession church denomination croyance confession_religieuse glaube konfession kirche religionszugehoerigkeit fe creencia religiao crenca religione fede credo geloof godsdienst kerk'),
(2, 'field', 'sensitive{profile.politics}', 'political politics party_membership political_party parti_politique opinion_politique partei parteizugehoerigkeit partido_politico opinion_politica partito partito_politico opinioni_politiche opiniao_politica politieke_partij politieke_voorkeur'),
(2, 'field', 'sensitive{profile.union}', 'trade_union union_membership syndicat gewerkschaft sindicato sindacato vakbond'),
(2, 'field', 'sensitive{profile.ethnicity}', 'ethnicity ethnic race racial_origin ethnie origine_ethnique herkunft ethnische_herkunft etnia origen_etnico origine_etnica origem_etnica etniciteit afkomst'),
(2, 'field', 'sensitive{profile.orientation}', 'sexual_orientation orientation_sexuelle sexuelle_orientierung orientacion_sexual orientamento_sessuale orientacao_sexual seksuele_geaardheid'),
(2, 'field', 'sensitive{profile.biometric}', 'fingerprint biometric faceprint face_encoding iris_scan empreinte biometrie fingerabdruck huella biometria impronta impressao_digital vingerafdruk'),
-- What is not part of a profile that everybody sees, and not admitted by a clearance for profile.
(3, 'number', 'personal{birth}', 'birth birthday bday birthdate birth_date date_of_birth dob birth_year born age naissance date_de_naissance date_naissance anniversaire annee_naissance geburt geburtstag geburtsdatum geburtsjahr alter nacimiento fecha_nacimiento fecha_de_nacimiento cumpleanos edad nascita data_di_nascita data_nascita compleanno eta nascimento data_nascimento data_de_nascimento aniversario idade geboortedatum geboorte geboortejaar verjaardag leeftijd'),
(3, 'field', 'personal{identifier}', 'facebook_id google_id apple_id steam_id twitter_id github_id linkedin_id discord_id telegram_id external_id ssn social_security national_id passport passport_number tax_id driver_license nir numero_securite_sociale numero_secu passeport sozialversicherungsnummer steuernummer ausweisnummer reisepass dni nie nif pasaporte codice_fiscale passaporto cpf rg passaporte bsn paspoort rijbewijs ahv avs'),
-- Profile.
(3, 'name', NULL, 'name names nom noms nombre nombres nome nomi nomes naam namen bezeichnung'),
(3, 'field', 'personal{profile.name}', 'full_name fullname first_name firstname last_name lastname surname forename given_name family_name middle_name maiden_name display_name displayname real_name realname nickname nick screen_name user_name username login handle alias'
	' prenom prenoms nom_complet nom_de_famille pseudo pseudonyme identifiant nachname vorname familienname benutzername anzeigename spitzname apellido apellidos nombre_completo usuario apodo cognome nome_completo nome_utente soprannome sobrenome apelido nome_de_usuario voornaam achternaam gebruikersnaam weergavenaam bijnaam'),
(3, 'field', 'personal{contact}', 'email emails e_mail mail_address email_address emailaddress mailaddress phone phones telephone tel mobile cell cellphone homephone workphone mobilephone phonenumber mobilenumber pager pagerphone fax vcard street street_address address addresses address_line msisdn contact skype whatsapp telegram jabber xmpp icq postcode postal_code zip zip_code zipcode latitude longitude lat lon lng geo geolocation'
	' adresse rue code_postal anschrift strasse hausnummer plz postleitzahl direccion calle codigo_postal indirizzo via cap endereco rua cep morada adres straat courriel adresse_mail telephone portable numero_telephone telefon telefonnummer handynummer mobilnummer rufnummer correo correo_electronico telefono movil celular indirizzo_email cellulare telefono_cellulare telefone telemovel correio_eletronico telefoon telefoonnummer mobiel'),
(3, 'field', 'personal{profile.location}', 'city town province state_province locality ctry country region location hometown place residence timezone'
	' ville commune pays departement lieu domicile ort stadt land wohnort ciudad pais provincia ubicacion localidad citta paese residenza comune cidade localizacao woonplaats stad'),
(3, 'field', 'personal{network.address}', 'ip ip_address ipaddr ip_addr remote_addr client_ip user_agent useragent mac_address device_id adresse_ip ip_adresse direccion_ip indirizzo_ip endereco_ip ip_adres'),
(3, 'field', 'personal{profile.photo}', 'avatar photo picture image portrait profile_picture gravatar headshot photo_profil bild foto lichtbild profilbild imagen foto_perfil immagine foto_profilo imagem afbeelding profielfoto'),
(3, 'field', 'personal{gender}', 'gender sex pronoun pronouns genre sexe civilite geschlecht anrede genero sexo genere sesso geslacht salutation'),
(3, 'field', 'personal{profile.position}', 'job_title jobtitle position headline occupation profession orgname orgunit employer company organisation organization poste metier entreprise employeur fonction beruf stelle firma arbeitgeber puesto cargo empresa profesion empleador lavoro professione azienda datore_di_lavoro profissao emprego empregador functie beroep bedrijf werkgever'),
(3, 'field', 'personal{profile.experience}', 'experience work_experience career biography bio about about_me summary resume_text experience_professionnelle parcours biographie a_propos berufserfahrung werdegang lebenslauf experiencia biografia trayectoria esperienza carriera experiencia_profissional ervaring loopbaan biografie'),
(3, 'field', 'personal{profile.education}', 'education degree diploma university school college formation diplome ecole universite etudes ausbildung abschluss schule hochschule universitaet educacion titulo universidad escuela estudios istruzione laurea universita scuola educacao diploma_curso universidade escola opleiding diploma school universiteit'),
(3, 'field', 'personal{profile.skill}', 'skill skills endorsement certification certifications license licence competence competences faehigkeit faehigkeiten kenntnisse zertifikat habilidad habilidades competencia certificacion competenza competenze certificazione competencias habilidade certificado vaardigheid vaardigheden certificaat'),
(3, 'field', 'personal{link}', 'website homepage url_profile profile_url linkedin twitter facebook github site_web webseite sitio_web sito_web pagina_web'),
-- What people write.
(4, 'text', NULL, 'body text content contents html markdown raw cooked title subject headline caption description summary excerpt abstract transcript answer answers question questions reply remark comment comments note notes quote statement opinion wording post_text'
	' texte corps contenu titre sujet objet legende resume reponse question commentaire commentaires remarque citation inhalt titel betreff beschreibung zusammenfassung antwort frage kommentar kommentare bemerkung zitat texto cuerpo contenido titulo asunto descripcion resumen respuesta pregunta comentario comentarios nota cita testo corpo contenuto titolo oggetto descrizione riassunto risposta domanda commento commenti citazione conteudo assunto descricao resumo resposta pergunta citacao tekst inhoud onderwerp omschrijving samenvatting antwoord vraag opmerking reactie citaat'),
(4, 'text', 'never{message}', 'message messages msg messagetext nachricht mensaje mensajes messaggio messaggi mensagem mensagens bericht berichten'),
(5, 'table', 'never{message}', 'message messages private_message private_messages direct_message direct_messages pm pms dm dms inmail inmails mail mails mailbox inbox outbox chat chats chat_message conversation conversations whisper thread_message letter spool'
	' messagerie courrier discussion_privee nachricht nachrichten postfach unterhaltung unterhaltungen mensaje mensajes conversacion conversaciones correo buzon messaggio messaggi conversazione posta mensagem mensagens conversa bericht berichten gesprek postvak'),
(5, 'table', 'never{salary}', 'salary salaries payroll payslip compensation salaire salaires paie bulletin_de_paie gehalt gehaelter lohn lohnabrechnung sueldo salario nomina stipendio stipendi busta_paga ordenado salarios salaris loonstrook'),
(5, 'table', 'never{payment}', 'payment payments invoice invoices billing transaction transactions bank_account credit_card purchase purchases order orders wallet wallets ledger paiement paiements facture factures zahlung zahlungen rechnung rechnungen pago pagos factura facturas pagamento pagamenti fattura fatture pagamentos fatura faturas betaling betalingen factuur facturen'),
(5, 'table', 'never{application}', 'application applications job_application job_applications applicant candidature candidatures bewerbung bewerbungen candidatura candidaturas candidature_lavoro sollicitatie sollicitaties'),
(5, 'table', 'never{credential}', 'session sessions token tokens credential credentials api_key api_keys oauth password_reset password passwords access_key access_keys authenticator otp secret secrets'),
-- What members keep about others.
(5, 'table', 'never{contact}', 'contacts addressbook address_book addresses phonebook roster rosterusers vcard vcards'
	' carnet_adresses repertoire annuaire kontakte adressbuch telefonbuch contactos libreta_direcciones rubrica contatti contatos livro_enderecos contacten adresboek'),
(6, 'table', 'personal{content.post}', 'post posts status statuses toot tweet blog_post microblog note topic topics forum thread threads board feed publication publications billet billets message_forum beitrag beitraege thema themen publicacion publicaciones entrada entradas tema temas pubblicazione pubblicazioni argomento publicacao publicacoes postagem topico berichten_forum onderwerp onderwerpen revision revisions page pages wiki'),
(6, 'table', 'personal{content.article}', 'article articles story stories newsletter essay book chapter artikel geschichte articulo articulos historia articolo articoli storia artigo artigos artikelen verhaal'),
(6, 'table', 'personal{content.comment}', 'comment comments reply replies response responses annotation remark commentaire commentaires reponse reponses kommentar kommentare antwort antworten comentario comentarios respuesta respuestas commento commenti risposta risposte resposta respostas reactie reacties opmerking opmerkingen'),
(6, 'table', 'personal{content.review}', 'review reviews rating testimonial avis evaluation bewertung bewertungen rezension resena resenas valoracion recensione recensioni avaliacao avaliacoes beoordeling beoordelingen recensie'),
(6, 'table', 'personal{content.poll}', 'poll polls vote votes survey ballot sondage sondages umfrage abstimmung encuesta votacion sondaggio enquete votacao peiling stemming enquete_reponse'),
(6, 'table', 'personal{content.file}', 'attachment attachments upload uploads file files document documents media fichier fichiers piece_jointe anhang datei dateien archivo archivos adjunto allegato allegati anexo anexos bijlage bijlagen bestand'),
(6, 'table', 'personal{content.event}', 'event events calendar appointment meeting evenement evenements agenda veranstaltung termin termine evento eventos cita eventi riunione reuniao afspraak evenementen'),
(6, 'table', 'personal{group}', 'group groups community communities club circle channel channels group_post group_message groupe groupes communaute gruppe gruppen gemeinschaft grupo grupos comunidad gruppo gruppi comunita comunidade groep groepen gemeenschap'),
(6, 'table', 'personal{profile.recommendation}', 'recommendation recommendations endorsement endorsements reference_letter recommandation recommandations empfehlung empfehlungen recomendacion recomendaciones raccomandazione raccomandazioni recomendacao recomendacoes aanbeveling aanbevelingen'),
(6, 'table', 'personal{job.resume}', 'resume resumes cv cvs curriculum lebenslauf curriculum_vitae'),
(6, 'table', 'personal{job.screening}', 'screening screening_answer screening_answers questionnaire'),
(6, 'table', 'personal{feedback}', 'feedback ticket tickets support bug bugs issue issues helpdesk complaint contact_form reclamation plainte rueckmeldung anfrage beschwerde incidencia queja segnalazione reclamo assistenza chamado reclamacao melding klacht terugkoppeling'),
(6, 'table', 'personal{ai_input}', 'prompt prompts ai_prompt ai_request llm assistant_message chatbot completion completions invite_ia eingabe_ki indicacion_ia'),
(6, 'table', 'personal{profile}', 'profile profiles user_profile profil profils profile_field profilo profili perfil perfis profiel profielen experience education skill skills certification'),
(7, 'mail', NULL, 'recipient recipients recipient_id receiver receiver_id to_user to_user_id addressee addressee_id sender sender_id message_id messageid mailbox peer peer_id bare_peer'
	' expediteur expediteur_id destinataire destinataires destinataire_id absender absender_id empfaenger empfaenger_id remitente remitente_id destinatario destinatario_id mittente mittente_id remetente remetente_id afzender afzender_id ontvanger ontvanger_id'),
-- Persons, and what names them.
(7, 'person', NULL, 'user users member members person persons people account accounts customer customers client clients subscriber subscribers employee employees student students patient patients contact contacts profile profiles actor actors author authors participant participants identity identities auth_user'
	' utilisateur utilisateurs membre membres personne personnes compte comptes abonne employe eleve benutzer nutzer mitglied mitglieder konto konten kunde kunden mitarbeiter usuario usuarios miembro miembros persona personas cuenta cuentas cliente clientes empleado utente utenti membro membri conto clienti dipendente usuarios_app membros pessoa pessoas conta contas empregado gebruiker gebruikers lid leden persoon personen klant klanten medewerker'),
(7, 'reference', NULL, 'user_id userid uid user member_id person_id account_id author_id author creator_id created_by creator owner_id owner poster_id posted_by sender_id sender from_user from_user_id to_user to_user_id recipient_id recipient receiver_id giver_id assignee_id customer_id student_id employee_id profile_id participant_id actor_id voter_id reviewer_id submitted_by reported_by username user_name jid'
	' utilisateur_id membre_id personne_id auteur_id compte_id benutzer_id nutzer_id mitglied_id autor_id konto_id kunde_id usuario_id miembro_id persona_id cuenta_id cliente_id utente_id membro_id autore_id pessoa_id conta_id gebruiker_id lid_id persoon_id auteur'),
-- When, and whether.
(8, 'time', NULL, 'created_at created created_on creation_date create_time date_created time_created written_at written posted_at posted post_time published_at published publication_date sent_at sent submitted_at added_at date_added inserted_at timestamp ts time date occurred_at given_at entered'
	' cree_le date_creation publie_le envoye_le ecrit_le erstellt erstellt_am angelegt_am gesendet_am veroeffentlicht_am datum creado creado_en fecha_creacion fecha enviado_en publicado_en creato creato_il data_creazione data inviato_il criado criado_em data_criacao enviado_em aangemaakt aangemaakt_op verzonden_op geplaatst_op'),
(8, 'notice', NULL, 'notified_at notified informed_at told_at notice_at privacy_notice_at terms_notified_at informe_le notifie_le informiert_am benachrichtigt_am notificado_en notificato_il notificado_em geinformeerd_op'),
(8, 'school', NULL, 'education educations school schools schooling studies study degree formation formations scolarite etudes ecole ausbildung bildung schulbildung studium schule educacion estudios formacion escuela istruzione formazione scuola studi educacao formacao escola opleiding opleidingen school_history'),
(8, 'choice', NULL, 'ai_training allow_ai ai_opt_in ai_consent train_ai training_consent data_consent consent consents consented opt_in optin allow_training use_for_ai llm_training consentement accord_ia einwilligung zustimmung ki_training consentimiento consenso consentimento toestemming'),
(8, 'refusal', NULL, 'ai_opt_out opt_out optout opted_out no_ai noai disallow_ai no_training do_not_train refus_ia opposition widerspruch kein_ki_training exclusion_ia oposicion opposizione rifiuto_ia oposicao bezwaar')
) k (rank, kind, sensitivity, words), pg_catalog.string_to_table(k.words, ' ') written,
	LATERAL (VALUES (written), (pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
		written, 'ae', 'a'), 'oe', 'o'), 'ue', 'u'))) v (w) -- an umlaut without its dots
WHERE w <> '' ORDER BY k.kind, w, k.rank;
SELECT pg_catalog.pg_extension_config_dump('aiconsent.name_word', 'WHERE own');

CREATE FUNCTION aiconsent.name_words(name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN '_' || pg_catalog.btrim(pg_catalog.lower(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
		pg_catalog.regexp_replace(CASE WHEN pg_catalog.getdatabaseencoding() = 'UTF8'
			THEN pg_catalog.normalize(name, 'NFKD') ELSE name END, '[^\x01-\x7f]', '', 'g'),
		'([a-z0-9])([A-Z])', '\1_\2', 'g'), '[^A-Za-z0-9]+', '_', 'g')), '_') || '_';
REVOKE ALL ON FUNCTION aiconsent.name_words(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.name_words(text) IS
'the words of a name between underscores, without case and accents: _post_body_ of postBody';

CREATE FUNCTION aiconsent.name_terms(words text) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.array_agg(DISTINCT t)
	FROM (SELECT pg_catalog.string_to_array(pg_catalog.btrim(words, '_'), '_') AS part) p,
		LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(part)) i,
		LATERAL pg_catalog.generate_series(i, LEAST(i + 4, pg_catalog.cardinality(part))) j,
		LATERAL (SELECT pg_catalog.array_to_string(part[i:j], '_') AS run) r,
		LATERAL (VALUES (run), (pg_catalog.rtrim(run, '0123456789'))) v (t);
END;
REVOKE ALL ON FUNCTION aiconsent.name_terms(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.name_terms(text) IS
'the words of a name, up to five that follow each other, and the same without a number behind them: post, post_body2, body2, post_body and body of _post_body2_';

-- passwordhash, newpassword: only what may never be used is looked for in the
-- middle of a name, since one that is found too often costs nothing.
CREATE FUNCTION aiconsent.name_affixes(words text) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.array_agg(DISTINCT a)
	FROM pg_catalog.string_to_table(pg_catalog.btrim(words, '_'), '_') part,
		LATERAL pg_catalog.generate_series(5, pg_catalog.length(part) - 1) n,
		LATERAL (VALUES (pg_catalog.left(part, n)), (pg_catalog.right(part, n))) v (a);
END;
REVOKE ALL ON FUNCTION aiconsent.name_affixes(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.name_affixes(text) IS
'the beginnings and ends of five letters or more of each word of a name';

-- What follows is given the terms of a name, since a function that calls others
-- for each row has them planned anew each time.
CREATE FUNCTION aiconsent.table_meaning(terms text[], affixes text[]) RETURNS aiconsent.sensitivity
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT w.sensitivity FROM aiconsent.name_word w
	WHERE w.kind = 'table' AND (w.word = ANY (terms)
		OR w.word = ANY (affixes) AND w.sensitivity::text ~ 'credential|message')
	ORDER BY aiconsent.sensitivity_level(w.sensitivity) = 'never' DESC,
		pg_catalog.length(w.word) DESC, w.word LIMIT 1;
END;
REVOKE ALL ON FUNCTION aiconsent.table_meaning(text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.table_meaning(text[], text[]) IS
'what the texts of a table hold, as the terms and affixes of its name tell; NULL: they tell nothing';

CREATE FUNCTION aiconsent.field_meaning(
	terms text[], affixes text[], type oid, table_meaning aiconsent.sensitivity, of_person boolean)
	RETURNS aiconsent.sensitivity
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH this AS (
		SELECT t.typcategory IN ('D', 'N', 'T') AS counts,
			t.typcategory = 'I' OR t.oid = 'pg_catalog.uuid'::pg_catalog.regtype AS names_something
		FROM pg_catalog.pg_type t WHERE t.oid = type AND t.typcategory <> 'B'
	), told AS (
		SELECT w.word, w.kind = 'text' AS by_table,
			CASE WHEN w.kind = 'name' AND of_person THEN 'personal{profile.name}'
				WHEN w.kind IN ('text', 'name') THEN COALESCE(table_meaning, w.sensitivity)
				ELSE w.sensitivity END AS sensitivity
		FROM this JOIN aiconsent.name_word w ON w.word = ANY (terms)
		WHERE CASE w.kind WHEN 'number' THEN true WHEN 'field' THEN NOT counts
			WHEN 'text' THEN NOT counts AND NOT names_something
			WHEN 'name' THEN NOT counts AND NOT names_something ELSE false END
		UNION ALL
		SELECT w.word, false, w.sensitivity
		FROM this JOIN aiconsent.name_word w ON w.word = ANY (affixes)
		WHERE aiconsent.sensitivity_level(w.sensitivity) = 'never'
			AND CASE w.kind WHEN 'number' THEN true WHEN 'field' THEN NOT counts ELSE false END
	)
	SELECT sensitivity FROM told WHERE sensitivity IS NOT NULL
	ORDER BY CASE WHEN by_table THEN 1
			WHEN aiconsent.sensitivity_level(sensitivity) = 'never' THEN 0 ELSE 2 END,
		pg_catalog.length(word) DESC, word LIMIT 1;
END;
REVOKE ALL ON FUNCTION aiconsent.field_meaning(text[], text[], oid, aiconsent.sensitivity, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.field_meaning(text[], text[], oid, aiconsent.sensitivity, boolean) IS
'what a column of that type holds, as the terms and affixes of its name tell, in a table whose texts hold what is given and whose rows are persons or not; NULL: they tell nothing. What may never be used is told first; truth values tell nothing.';

-- A literal on one line, whatever is in it, and a text for a comment.
CREATE FUNCTION aiconsent.on_one_line(value text, quoted boolean) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE
		WHEN NOT quoted THEN pg_catalog.regexp_replace(value, '[[:cntrl:]]', ' ', 'g')
		WHEN value ~ '[[:cntrl:]\\]' THEN 'E''' || pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
			value, '\', '\\'), '''', ''''''), pg_catalog.chr(10), '\n'), pg_catalog.chr(13), '\r') || ''''
		ELSE '''' || pg_catalog.replace(value, '''', '''''') || '''' END;
REVOKE ALL ON FUNCTION aiconsent.on_one_line(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.on_one_line(text, boolean) IS
'a text that breaks no line of a script: as a literal, or for a comment';

CREATE FUNCTION aiconsent.name_kinds(words text, terms text[]) RETURNS text[]
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(pg_catalog.array_agg(DISTINCT w.kind), '{}') FROM aiconsent.name_word w
	WHERE w.word = ANY (terms)
		AND (NOT (w.kind IN ('time', 'notice', 'mail') OR w.kind = 'reference' AND w.word !~ '_')
			OR w.word = pg_catalog.btrim(words, '_'));
END;
REVOKE ALL ON FUNCTION aiconsent.name_kinds(text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.name_kinds(text, text[]) IS
'the kinds of words that are in a name, of which its terms are given; time, notice, mail and most references only where they are all of it';

CREATE VIEW aiconsent.guess AS
WITH tab AS MATERIALIZED (
	SELECT c.oid AS relid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, w.words,
		aiconsent.table_meaning(w.terms, aiconsent.name_affixes(w.words)) AS meaning,
		aiconsent.name_kinds(w.words, w.terms) AS kinds,
		COALESCE('person' = ANY (aiconsent.name_kinds(l.last, ARRAY[pg_catalog.btrim(l.last, '_')])), false) AS of_person
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		CROSS JOIN LATERAL (SELECT aiconsent.name_words(c.relname::text) AS words OFFSET 0) r
		CROSS JOIN LATERAL (SELECT r.words, aiconsent.name_terms(r.words) AS terms OFFSET 0) w
		CROSS JOIN LATERAL (SELECT pg_catalog.substring(r.words, '_[^_]*_$') AS last) l
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
		AND n.nspname NOT IN ('information_schema', 'aiconsent') AND n.nspname !~ '^pg_'
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid
			AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')
),
-- Where all columns begin with one word (rev_id, rev_user), it tells nothing.
named AS (
	SELECT t.relid, a.attnum, a.attname, a.atttypid, a.attnotnull, w.words,
		CASE WHEN pg_catalog.count(*) OVER same > 1
				AND pg_catalog.min(w.first) OVER same = pg_catalog.max(w.first) OVER same
			THEN pg_catalog.substr(w.words, pg_catalog.length(w.first) + 2) ELSE w.words END AS bare
	FROM tab t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid AND a.attnum > 0 AND NOT a.attisdropped
		CROSS JOIN LATERAL (SELECT aiconsent.name_words(a.attname::text) AS words OFFSET 0) n
		CROSS JOIN LATERAL (SELECT n.words, pg_catalog.split_part(n.words, '_', 2) COLLATE "C" AS first) w
	WINDOW same AS (PARTITION BY t.relid)
),
-- Of thousands of columns many have one name: what it tells is asked once.
term AS MATERIALIZED (
	SELECT n.words, n.bare, t.terms, aiconsent.name_kinds(n.words, t.terms) || aiconsent.name_kinds(n.bare, t.terms) AS kinds
	FROM (SELECT DISTINCT words, bare FROM named) n
		CROSS JOIN LATERAL (SELECT aiconsent.name_terms(n.words) AS terms OFFSET 0) t
),
col AS MATERIALIZED (
	SELECT n.*, t.terms, t.kinds FROM named n JOIN term t USING (words, bare)
),
told AS MATERIALIZED (
	SELECT t.relid, t.name, t.words AS table_words, t.kinds AS table_kinds, t.of_person,
		CASE WHEN aiconsent.sensitivity_level(t.meaning) = 'never' OR t.meaning::text ~ '[{,]profile' OR 'person' = ANY (t.kinds)
			OR NOT EXISTS (SELECT FROM col c WHERE c.relid = t.relid AND 'mail' = ANY (c.kinds))
			THEN t.meaning ELSE 'never{message}' END AS table_meaning
	FROM tab t
),
meaning AS MATERIALIZED (
	SELECT d.words, d.atttypid, d.of_person, d.in_table,
		aiconsent.field_meaning(d.terms, aiconsent.name_affixes(d.words), d.atttypid, d.table_meaning, d.of_person) AS sensitivity
	FROM (SELECT DISTINCT c.words, c.terms, c.atttypid, t.of_person, t.table_meaning,
			COALESCE(t.table_meaning::text, '') AS in_table FROM col c JOIN told t USING (relid)) d
)
SELECT c.relid::pg_catalog.regclass AS relation, t.name AS table_name, t.table_words, t.table_kinds,
	t.table_meaning, c.attnum, c.attname AS field, c.words, c.bare, c.kinds, c.atttypid AS type,
	y.typcategory AS category, c.attnotnull AS required,
	CASE WHEN c.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype) THEN 'int8'
		WHEN c.atttypid = 'uuid'::pg_catalog.regtype THEN 'uuid'
		WHEN c.atttypid IN ('text'::pg_catalog.regtype, 'varchar'::pg_catalog.regtype) THEN 'text' END AS key_type,
	COALESCE(k.is_primary, false) AS is_primary, k.is_unique IS NOT NULL AS is_unique,
	f.confrelid AS refers_to, f.confkey[1] AS refers_to_attnum,
	CASE WHEN f.confrelid IS NULL AND NOT COALESCE(k.is_primary, false)
		THEN m.sensitivity END AS sensitivity
FROM col c JOIN told t USING (relid)
	JOIN meaning m ON m.words = c.words AND m.atttypid = c.atttypid AND m.of_person = t.of_person
		AND m.in_table = COALESCE(t.table_meaning::text, '')
	JOIN pg_catalog.pg_type y ON y.oid = c.atttypid
	LEFT JOIN LATERAL (
		SELECT pg_catalog.bool_or(i.indisprimary) AS is_primary, pg_catalog.bool_or(true) AS is_unique
		FROM pg_catalog.pg_index i WHERE i.indrelid = c.relid AND i.indisunique AND i.indisvalid
			AND i.indimmediate AND i.indnkeyatts = 1 AND i.indkey[0] = c.attnum AND i.indpred IS NULL) k ON true
	LEFT JOIN LATERAL (
		SELECT o.confrelid, o.confkey FROM pg_catalog.pg_constraint o
		WHERE o.conrelid = c.relid AND o.contype = 'f' AND o.conkey = ARRAY[c.attnum] LIMIT 1) f ON true;
COMMENT ON VIEW aiconsent.guess IS
'every column of the database''s own tables, the words of its name (bare: without a first word that all columns of the table have) and their kinds, what these and its table''s tell of what it holds (sensitivity; NULL: nothing), and what it refers to';

CREATE FUNCTION aiconsent.suggest() RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1000
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET jit = off
AS $$
WITH col AS MATERIALIZED (
	SELECT g.*, on_one_line(g.table_name, true) AS lit, on_one_line(g.field::text, true) AS field_lit
	FROM guess g
),
referrer AS MATERIALIZED (
	SELECT refers_to, refers_to_attnum, count(*)::int AS n FROM col WHERE refers_to IS NOT NULL GROUP BY 1, 2
),
personal AS MATERIALIZED (
	SELECT relation, count(DISTINCT sensitivity)::int AS n FROM col
	WHERE sensitivity::text ~ '[{,](profile[.]name|contact|birth|credential)' GROUP BY 1
),
-- The persons: whom most keys refer to, in a table that is called so.
subject AS MATERIALIZED (
	SELECT c.*, COALESCE(r.n, 0) AS referrers
	FROM col c LEFT JOIN referrer r ON r.refers_to = c.relation AND r.refers_to_attnum = c.attnum
		LEFT JOIN personal p ON p.relation = c.relation
	WHERE c.is_unique AND c.key_type IS NOT NULL
		AND ('person' = ANY (c.table_kinds) OR COALESCE(p.n, 0) > 1)
	ORDER BY 4 * ('person' = ANY (c.table_kinds))::int + 8 * EXISTS (SELECT FROM name_word w
				WHERE w.kind = 'person' AND c.table_words = '_' || w.word || '_')::int
			+ 2 * LEAST(6, COALESCE(p.n, 0)) + LEAST(12, COALESCE(r.n, 0)) DESC,
		c.is_primary DESC, c.table_name LIMIT 1
),
-- What names a person: a foreign key or, in a table that has none, a name.  A
-- table's own key does not, nor a text that is not called as the key is.
direct AS MATERIALIZED (
	SELECT c.*, false AS by_name FROM col c, subject s
	WHERE c.relation <> s.relation AND c.key_type = s.key_type
		AND c.refers_to = s.relation AND c.refers_to_attnum = s.attnum
	UNION ALL
	SELECT c.*, true FROM col c, subject s
	WHERE c.relation <> s.relation AND c.key_type = s.key_type AND c.refers_to IS NULL
		AND NOT EXISTS (SELECT FROM col f WHERE f.relation = c.relation AND f.refers_to = s.relation)
		AND NOT (c.is_primary AND strpos(c.words, rtrim(c.table_words, 's_') ) = 1)
		AND CASE WHEN s.key_type = 'text' AND s.words <> '_id_' THEN right(c.words, length(s.words)) = s.words
			ELSE 'reference' = ANY (c.kinds) END
),
step AS MATERIALIZED (
	SELECT DISTINCT ON (relation) relation, field, required FROM direct
	WHERE field !~ '[.?"]' ORDER BY relation, required DESC, attnum
),
reference AS MATERIALIZED (
	SELECT d.relation, d.attnum, CASE WHEN d.field ~ '[.?"]' THEN '"' || replace(d.field::text, '"', '""') || '"' ELSE d.field::text END AS path,
		d.required FROM direct d
	UNION ALL
	SELECT c.relation, c.attnum, format('%s.%s', c.field, t.field), c.required AND t.required
	FROM col c JOIN step t ON t.relation = c.refers_to
	WHERE c.field !~ '[.?"]' AND c.relation NOT IN (SELECT relation FROM direct UNION SELECT relation FROM subject)
),
time AS MATERIALIZED (
	SELECT DISTINCT ON (relation) relation, field_lit FROM col
	WHERE type IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) AND 'time' = ANY (kinds)
	ORDER BY relation, length(bare) DESC, attnum
),
source AS MATERIALIZED (
	SELECT r.relation, false AS is_subject, array_agg(r.path ORDER BY r.attnum) AS paths,
		string_agg(r.path, ' or ' ORDER BY r.attnum) FILTER (WHERE NOT r.required) AS nullable
	FROM reference r GROUP BY r.relation
	UNION ALL
	SELECT s.relation, true, ARRAY[CASE WHEN s.field ~ '[.?"]' THEN '"' || replace(s.field::text, '"', '""') || '"' ELSE s.field::text END], NULL FROM subject s
),
tab AS MATERIALIZED (
	SELECT c.relation, c.table_name, c.lit, c.table_kinds, c.table_meaning, s.is_subject, s.paths, s.nullable, t.field_lit AS occurred_at,
		(SELECT ', not by ' || string_agg(f.field::text, ' or ' ORDER BY f.attnum) FROM col f
			WHERE f.relation = c.relation AND NOT s.is_subject AND f.category = 'D' AND f.sensitivity IS NULL) AS other_times,
		NOT s.is_subject AND c.table_meaning IS NOT NULL AND sensitivity_level(c.table_meaning) = 'never' AS closed,
		(SELECT string_agg(d.field::text, ', ' ORDER BY d.attnum) FROM direct d, subject k
			WHERE d.relation = c.relation AND d.by_name AND k.referrers > 0) AS by_name,
		(SELECT on_one_line(r.path, true) FROM reference r WHERE r.relation = c.relation AND r.path !~ '[.]' ORDER BY r.attnum LIMIT 1) AS person,
		EXISTS (SELECT FROM col f WHERE f.relation = c.relation AND sensitivity_level(f.sensitivity) <> 'never'
			AND NOT EXISTS (SELECT FROM reference r WHERE r.relation = f.relation AND r.attnum = f.attnum)) AS releasable
	FROM (SELECT DISTINCT relation, table_name, lit, table_kinds, table_meaning FROM col) c
		JOIN source s USING (relation) LEFT JOIN time t USING (relation)
),
line AS (
	SELECT 0 AS section, NULL::text AS table_name, n, l AS text FROM unnest(ARRAY[
		'-- What this database could declare to aiconsent: guesses from names and keys, and all of it comments. Take the two',
		'-- hyphens from what is right, change what is not, delete the rest. A column without a label is never released.']) WITH ORDINALITY h(l, n)
	UNION ALL
	SELECT 1, NULL, 1, CASE WHEN s.relation IS NULL THEN '-- No table of persons was recognised that has a unique column of type smallint, integer, bigint, uuid, text or varchar.'
		ELSE format('-- SELECT aiconsent.register_subject(%s, key => %s%s);', s.lit, s.field_lit, (
			SELECT string_agg(format(', %s => %s', f.role, f.field_lit), '' ORDER BY f.role) FROM (
				SELECT DISTINCT ON (x.role) x.role, c.field_lit FROM col c, LATERAL (VALUES
					('birth', c.sensitivity::text ~ '[{,]birth' AND c.words !~ '_(age|alter|edad|eta|idade|leeftijd|place|lieu|ort)_'
						AND c.type IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype, 'int4'::regtype, 'text'::regtype, 'varchar'::regtype)),
					('region', c.words ~ '_(country|pays|land|pais|paese)_' AND c.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)),
					('notified_at', c.type = 'timestamptz'::regtype AND 'notice' = ANY (c.kinds)),
					('handle', (c.words ~ '_(username|user_name|login|handle|screen_name|benutzername|gebruikersnaam)_'
						OR c.is_unique AND c.attnum <> s.attnum AND c.sensitivity::text = 'personal{profile.name}') AND c.type IN ('text'::regtype, 'varchar'::regtype)),
					('email', c.words ~ '_(email|e_mail|mail|courriel|correo)(_?(address|adresse|addr))?_$' AND c.type IN ('text'::regtype, 'varchar'::regtype))) x(role, fits)
				WHERE c.relation = s.relation AND x.fits ORDER BY x.role, length(c.words), c.attnum) f))
		END FROM (SELECT) one LEFT JOIN subject s ON true
	UNION ALL
	SELECT 1, NULL, 4, '-- Nothing there tells when a person was told: where the policy requires a notice, register_notice() names a table, or nobody is in.'
	FROM subject s WHERE NOT EXISTS (SELECT FROM col c WHERE c.relation = s.relation
		AND c.type = 'timestamptz'::regtype AND 'notice' = ANY (c.kinds))
	UNION ALL
	SELECT 1, NULL, 3, '-- No foreign key refers to that table: what names a person below is told by its name alone.'
	FROM subject s WHERE s.referrers = 0
	UNION ALL
	SELECT 2, t.table_name, 0, format('-- SELECT aiconsent.register_education(%s, subject => %s%s);', t.lit, t.person, e.roles)
	FROM tab t, LATERAL (SELECT string_agg(format(', %s => %s', f.role, f.field_lit), '') AS roles,
			bool_or(f.role IN ('level', 'school')) AS tells FROM (
		SELECT DISTINCT ON (x.role) x.role, c.field_lit FROM col c, LATERAL (VALUES
			('level', c.words ~ '_(level|degree|grade|diploma|niveau|diplome|abschluss|nivel|titulo|titolo|livello)_' AND c.type IN ('text'::regtype, 'varchar'::regtype)),
			('school', c.words ~ '_(school|institution|college|university|ecole|etablissement|schule|hochschule|escuela|scuola|escola|universidad|name|nom)_' AND c.type IN ('text'::regtype, 'varchar'::regtype)),
			('starts', c.words ~ '_(start|starts|started|from|begin|begins|debut|beginn|inicio|inizio|since)_' AND c.type IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype, 'int4'::regtype, 'text'::regtype, 'varchar'::regtype)),
			('ends', c.words ~ '_(end|ends|ended|to|until|fin|ende|fine|fim|eind)_' AND c.type IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype, 'int4'::regtype, 'text'::regtype, 'varchar'::regtype))) x(role, fits)
		WHERE c.relation = t.relation AND x.fits ORDER BY x.role, c.attnum) f) e
	WHERE t.person IS NOT NULL AND e.tells AND 'school' = ANY (t.table_kinds)
	UNION ALL
	SELECT 3, t.table_name, c.attnum, format('-- SELECT aiconsent.register_preference(%s, subject => %s, allows => %s);', t.lit,
		COALESCE(t.person, s.field_lit), on_one_line(format(CASE WHEN 'refusal' = ANY (c.kinds) THEN 'NOT %I' ELSE '%I' END, c.field), true))
	FROM tab t JOIN col c USING (relation), subject s
	WHERE c.category = 'B' AND ('choice' = ANY (c.kinds) OR 'refusal' = ANY (c.kinds))
		AND (t.person IS NOT NULL OR t.relation = s.relation)
	UNION ALL
	SELECT 4, t.table_name, -3, format('-- %s%s', on_one_line(t.table_name, false),
		': a row where ' || on_one_line(t.nullable, false) || ' is NULL stays out, but for a name with ? behind it')
	FROM tab t WHERE t.nullable IS NOT NULL
	UNION ALL
	SELECT 4, t.table_name, -4, format('-- %s: only its name tells that %s names a person, no foreign key does', on_one_line(t.table_name, false), on_one_line(t.by_name, false))
	FROM tab t WHERE t.by_name IS NOT NULL
	UNION ALL
	SELECT 4, t.table_name, -2, CASE WHEN t.closed
		THEN format('-- %s: no source but to classify(), its label lets nothing out', on_one_line(t.table_name, false))
		WHEN NOT t.releasable
		THEN format('-- %s: no source, nothing that could be released is recognised in it', on_one_line(t.table_name, false))
		ELSE format('-- SELECT aiconsent.register_source(%s, %s, %s);', t.lit, on_one_line(t.paths::text, true),
			COALESCE('occurred_at => ' || CASE WHEN NOT t.is_subject THEN t.occurred_at END,
				format('undated => true, reason => %s', on_one_line(format('to be said: why does no horizon apply to its rows%s?', t.other_times), true))))
		END FROM tab t
	UNION ALL
	SELECT 4, t.table_name, -1, format('-- SELECT aiconsent.register_field(%s, NULL, %L);', t.lit, t.table_meaning::text)
	FROM tab t WHERE t.closed
	UNION ALL
	SELECT 4, t.table_name, c.attnum, format('-- SELECT aiconsent.register_field(%s, %s, %L);', t.lit, c.field_lit, c.sensitivity::text)
	FROM tab t JOIN col c USING (relation)
	WHERE c.sensitivity IS NOT NULL AND (NOT t.closed OR sensitivity_level(c.sensitivity) = 'never')
		AND NOT EXISTS (SELECT FROM reference r WHERE r.relation = c.relation AND r.attnum = c.attnum)
	UNION ALL
	SELECT 4, c.table_name, 10000, format('-- not guessed: %s', string_agg(on_one_line(c.field::text, false), ', ' ORDER BY c.attnum))
	FROM tab t JOIN col c USING (relation)
	WHERE c.sensitivity IS NULL OR EXISTS (SELECT FROM reference r WHERE r.relation = c.relation AND r.attnum = c.attnum)
	GROUP BY c.table_name
	UNION ALL
	SELECT 5, NULL, 1, format('-- Tables in which nothing names a person: %s', string_agg(DISTINCT on_one_line(c.table_name, false), ', '))
	FROM col c WHERE c.relation NOT IN (SELECT relation FROM source) HAVING count(*) > 0
	UNION ALL
	SELECT 1, NULL, 2, '-- SELECT aiconsent.adopt_policy(reason => ''to be said: who decided, and where?'');'
	UNION ALL
	SELECT 6, NULL, 1, '-- SELECT aiconsent.publish();'
)
SELECT text FROM line ORDER BY section, table_name, n
$$;
REVOKE ALL ON FUNCTION aiconsent.suggest() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.suggest() IS
'a script, line by line, that would declare the tables of this database: subject, education, preference, sources and one register_field() for each column whose name tells what it holds, all of it as comments to be edited; columns that tell nothing are named and left out. Write it to a file with psql -XAt. For stewards and auditors.';
