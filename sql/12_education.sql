-- Words of schooling: which stages can they mean?

CREATE FUNCTION aiconsent.education_stage(level text, school text, region text)
	RETURNS int4range
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.education_stage(text, text, text) IS
'the ISCED 2011 levels that these words can mean: level is what is learnt (Gymnasium, BSc, or an ISCED number from 0 to 8), school where, region an ISO 3166 alpha-2 code such as FR; each may be NULL, and in an unknown region every region''s reading counts; NULL where the words mean nothing to the table; levels 1 to 3 are a suspicion of minority; words of aiconsent.school_word win over the table that comes with the extension; source: UNESCO''s ISCED 2011 and its national mappings, and Eurydice, by src/school_words.h';
