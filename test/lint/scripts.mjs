// What the extension's scripts say, seen by PostgreSQL's own grammar: one line
// for each thing that could mean something else on somebody's search_path, or
// would adopt an object that is there already.
//
//   node scripts.mjs FILE.sql...      with libpg-query in node_modules
import fs from 'node:fs';
import { parse } from 'libpg-query';

const findings = [];
let file, text, start;

function find(node, what) {
  const at = node?.location ?? 0;
  const line = Buffer.from(text).subarray(0, Math.max(at, start)).toString().split('\n').length;
  findings.push(`${file}:${line}: ${what}`);
}

const names = list => list.map(n => n.String?.sval ?? '*');
// While a script runs the server has a search_path of pg_catalog and pg_temp,
// of which the latter has no functions and operators.  So operators, and the
// server's own types, mean what they are to.  Functions and tables say where
// they are all the same, so that no reader has to think about that.
const isServers = name => /^(text|bytea|jsonb|uuid|oid|name|regclass|regprocedure|regtype|regrole|regnamespace|record|trigger|event_trigger|internal|cstring|void|timestamptz|daterange|tstzrange|int4range|xid8|pg_snapshot|anynonarray|anyelement|pg_node_tree|date|any|"char")$/.test(name);

// free: a search_path of its own goes with it.
function walk(node, scope) {
  if (Array.isArray(node)) { node.forEach(n => walk(n, scope)); return; }
  if (node === null || typeof node !== 'object') return;
  for (const [key, value] of Object.entries(node)) {
    if (value === null || typeof value !== 'object') continue;
    let inner = scope;
    switch (key) {
      case 'withClause': {
        inner = { ...scope, ctes: [...scope.ctes, ...value.ctes.map(c => c.CommonTableExpr.ctename)] };
        break;
      }
      case 'SelectStmt': case 'InsertStmt': case 'UpdateStmt': case 'DeleteStmt':
        if (value.withClause)
          inner = { ...scope, ctes: [...scope.ctes, ...value.withClause.ctes.map(c => c.CommonTableExpr.ctename)] };
        break;
      case 'RangeVar': case 'relation': case 'view':
        if (value.relname && !value.schemaname && !scope.ctes.includes(value.relname) && !scope.free)
          find(value, `table ${value.relname} is not qualified`);
        break;
      case 'FuncCall':
        if (value.funcname.length === 1 && !scope.free)
          find(value, `function ${names(value.funcname)} is not qualified`);
        break;
      case 'TypeName': case 'typeName': case 'returnType': case 'argType':
        if (value.names?.length === 1 && !isServers(names(value.names)[0]) && !scope.free)
          find(value, `type ${names(value.names)} is not qualified`);
        break;
    }
    walk(value, inner);
  }
}

function qualified(node, list, what) {
  if (list.length < 2) find(node, `${what} ${names(list).join('.')} is made in no schema`);
}

// What only statements have.
async function statement(stmt, location) {
  const [kind, s] = Object.entries(stmt)[0];
  start = location;
  const scope = { ctes: [], free: false };
  if (s.replace || s.orReplace) find(s, 'OR REPLACE adopts what is there');
  if (s.if_not_exists || s.missing_ok && /^Create/.test(kind)) find(s, 'IF NOT EXISTS adopts what is there');
  switch (kind) {
    case 'CreateFunctionStmt': {
      qualified(s, s.funcname, 'function');
      const options = Object.fromEntries(s.options.filter(o => o.DefElem.defname !== 'set').map(o => [o.DefElem.defname, o.DefElem.arg]));
      const settings = s.options.filter(o => o.DefElem.defname === 'set').map(o => o.DefElem.arg.VariableSetStmt.name);
      if (options.security?.Boolean?.boolval) {
        if (!settings.includes('search_path')) find(s, 'a definer\'s function has no search_path of its own');
      }
      const language = options.language?.String?.sval;
      if (language !== 'c' && !s.sql_body) {
        if (!settings.includes('search_path')) find(s, 'a body that is a string has no search_path of its own');
        const body = options.as?.List?.items?.[0]?.String?.sval;
        if (language === 'sql') for (const inner of (await parse(body)).stmts) walk(inner.stmt, { ...scope, free: true });
      }
      walk(s.parameters ?? [], scope);
      walk({ returnType: s.returnType }, scope);
      walk(s.sql_body ?? {}, scope);
      return;
    }
    case 'ViewStmt':
      if (!s.view.schemaname) find(s, 'a view is made in no schema');
      walk(s.query, scope);
      return;
    case 'CreateStmt':
      if (!s.relation.schemaname) find(s, 'a table is made in no schema');
      break;
    case 'DefineStmt': qualified(s, s.defnames, 'object'); return;
    case 'CreateOpClassStmt': qualified(s, s.opclassname, 'operator class'); break;
    case 'CompositeTypeStmt': case 'CreateEnumStmt': case 'CreateDomainStmt': case 'CreateRangeStmt':
      if (!(s.typevar?.schemaname || (s.typeName ?? s.domainname ?? s.typename ?? []).length > 1)) find(s, 'a type is made in no schema');
      break;
    case 'CreateTrigStmt': qualified(s, s.funcname, 'trigger by'); break;
    case 'CreateEventTrigStmt': qualified(s, s.funcname, 'event trigger by'); break;
  }
  walk(stmt, scope);
}

for (file of process.argv.slice(2)) {
  // What psql alone reads is no SQL.
  text = fs.readFileSync(file, 'utf8').replace(/^\\echo.*$/mg, line => ' '.repeat(line.length));
  for (const { stmt, stmt_location } of (await parse(text)).stmts) await statement(stmt, stmt_location ?? 0);
}
for (const finding of findings) console.log(finding);
process.exitCode = findings.length ? 1 : 0;
