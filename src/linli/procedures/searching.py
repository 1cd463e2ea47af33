"""Full-text search over cases: words are cut at write time (kernel/text.py), so that every two-character word is found.

SQLite keeps an FTS5 table, PostgreSQL a tsvector with a GIN index; both hold the same tokens and answer the same query: all of them.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from linli.kernel.text import query_tokens, search_tokens
from linli.procedures.models import Case
from linli.procedures.registry import searchable

MOST = 200
LONGEST = 20_000


def install(_apps: Any, schema_editor: Any) -> None:
    """Make the index (called by a migration)."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE procedures_search USING fts5(tokens, case_id UNINDEXED, tokenize = 'unicode61', detail = 'none')"
        )
    else:
        schema_editor.execute("CREATE TABLE procedures_search (case_id uuid PRIMARY KEY, tokens tsvector NOT NULL)")
        schema_editor.execute("CREATE INDEX procedures_search_tokens ON procedures_search USING gin (tokens)")


def remove(_apps: Any, schema_editor: Any) -> None:
    """Drop the index."""
    schema_editor.execute("DROP TABLE procedures_search")


def put(case: Case) -> None:
    """Index a case by its code, title and what its area adds; again gives the same entry."""
    put_many([(case.pk, words_of(case, searchable(case)))])


def words_of(case: Case, more: str) -> str:
    """Return the words by which a case is found; ``more`` is what its area adds."""
    return f"{case.code} {case.title} {case.kind_label} {more}"[:LONGEST]


def put_many(entries: Iterable[tuple[UUID, str]]) -> None:
    """Index cases by their words; again gives the same entries."""
    cut = [(case_id, sorted(set(search_tokens(text)))) for case_id, text in entries]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                "DELETE FROM procedures_search WHERE rowid = %s", [[_rowid(case_id)] for case_id, _tokens in cut]
            )
            cursor.executemany(
                "INSERT INTO procedures_search (rowid, tokens, case_id) VALUES (%s, %s, %s)",
                [(_rowid(case_id), " ".join(map(_word, tokens)), case_id.hex) for case_id, tokens in cut],
            )
        else:
            cursor.executemany(
                "INSERT INTO procedures_search (case_id, tokens) VALUES (%s, array_to_tsvector(%s)) "
                "ON CONFLICT (case_id) DO UPDATE SET tokens = EXCLUDED.tokens",
                cut,
            )


def find(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Return those of ``rows`` that hold every word of ``text``, newest first, 200 at most."""
    return matching(rows, text).order_by("-id")[:MOST]


def matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Return those of ``rows`` that hold every word of ``text``, in the order that they had; none for a text without words."""
    tokens = query_tokens(text[:100])
    if not tokens:
        return rows.none()
    if connection.vendor == "sqlite":
        wanted = " AND ".join(f'"{_word(token)}"' for token in tokens)
        sql, arguments = (
            "procedures_case.id IN (SELECT case_id FROM procedures_search WHERE procedures_search MATCH %s)",
            [wanted],
        )
    else:
        wanted = " & ".join("'" + token.replace("'", "''").replace("\\", "") + "'" for token in tokens)
        sql = "procedures_case.id IN (SELECT case_id FROM procedures_search WHERE tokens @@ %s::tsquery)"
        arguments = [wanted]
    return rows.extra(where=[sql], params=arguments)


def _word(token: str) -> str:
    """SQLite's tokenizer knows no rare characters as letters everywhere: every token is written as its code points in hexadecimal."""
    return token if token.isascii() else "u" + "u".join(f"{ord(sign):x}" for sign in token)


def _rowid(case_id: UUID) -> int:
    """The low 62 bits of the id, random in version 7: one row per case without a second index."""
    return case_id.int & ((1 << 62) - 1)
