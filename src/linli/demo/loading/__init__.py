"""Puts a generated city (``demo.world``) into the database: places, staff, catalogue, and the lives of its matters."""
