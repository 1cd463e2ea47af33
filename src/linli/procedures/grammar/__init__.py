"""Procedures as data: the language of definitions, its loader, checks, simulation, charts and comparison. No database inside."""
