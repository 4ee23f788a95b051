/*
 * merkle.c: what one hash stands for many values in their order?
 *
 * The Merkle tree of RFC 6962, for which one hash is kept for each bit of the
 * number of values: trees of the sizes that are powers of two.
 */
#include "compat.h"
#include "merkle.h"

static void
hash_value(const void *value, Size length, uint8 *hash)
{
	uint8	   *leaf = palloc(1 + length);

	leaf[0] = 0;
	memcpy(leaf + 1, value, length);
	sha256(leaf, 1 + length, hash);
	pfree(leaf);
}

/* The tree to the right becomes the one of both. */
static void
join_trees(const uint8 *left, uint8 *right)
{
	uint8		node[1 + 2 * SHA256_BYTES];

	node[0] = 1;
	memcpy(node + 1, left, SHA256_BYTES);
	memcpy(node + 1 + SHA256_BYTES, right, SHA256_BYTES);
	sha256(node, sizeof(node), right);
}

static bool
has_tree(const Merkle *m, int level)
{
	return (m->count >> level) & 1;
}

void
merkle_append(Merkle *m, const void *value, Size length)
{
	uint8		tree[SHA256_BYTES];
	int			level = 0;

	hash_value(value, length, tree);
	for (; has_tree(m, level); level++)
		join_trees(m->trees[level], tree);
	memcpy(m->trees[level], tree, SHA256_BYTES);
	m->count++;
}

/* Each of the trees that are left is to the right of the next larger one. */
void
merkle_hash(const Merkle *m, uint8 *root)
{
	int			level = 0;

	if (m->count == 0)
	{
		sha256("", 0, root);
		return;
	}
	while (!has_tree(m, level))
		level++;
	memcpy(root, m->trees[level], SHA256_BYTES);
	while (++level < MERKLE_LEVELS)
	{
		if (has_tree(m, level))
			join_trees(m->trees[level], root);
	}
}

/* ------------------------------------------------------------------------
 * The aggregate merkle_root()
 * ------------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(merkle_add);
Datum
merkle_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	Merkle	   *m = PG_ARGISNULL(0) ? NULL : (Merkle *) PG_GETARG_POINTER(0);

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s can only be called in an aggregate",
						"aiconsent.merkle_add()")));
	if (m == NULL)
		m = MemoryContextAllocZero(context, sizeof(Merkle));
	if (!PG_ARGISNULL(1))
	{
		bytea	   *value = PG_GETARG_BYTEA_PP(1);

		merkle_append(m, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
	PG_RETURN_POINTER(m);
}

PG_FUNCTION_INFO_V1(merkle_end);
Datum
merkle_end(PG_FUNCTION_ARGS)
{
	static const Merkle none;
	bytea	   *root = palloc(VARHDRSZ + SHA256_BYTES);

	SET_VARSIZE(root, VARHDRSZ + SHA256_BYTES);
	merkle_hash(PG_ARGISNULL(0) ? &none :
				(const Merkle *) PG_GETARG_POINTER(0), (uint8 *) VARDATA(root));
	PG_RETURN_BYTEA_P(root);
}
