"""Writes of the area. Functions with keywords, one transaction each; they enforce the policies and write down who changed what."""
