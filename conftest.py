"""For every test: compiled translations."""

from linli.kernel.translations import compile_catalogues

compile_catalogues()
