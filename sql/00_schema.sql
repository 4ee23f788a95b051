-- The schema is made here and not by the control file: one that somebody else
-- made before, with objects of our names in it, stops the installation.
CREATE SCHEMA aiconsent;
COMMENT ON SCHEMA aiconsent IS
'Which members'' data may train a generative model, right now, and why.';
