"""Plays the lives of matters through the real engine, held in memory, and writes what came of it in bulk.

Every act is checked, recorded, chained and clocked by ``linli.procedures`` exactly as if somebody had clicked; only the reads and
writes of single rows are left out, which is what makes half a year of a city load in seconds.
"""
