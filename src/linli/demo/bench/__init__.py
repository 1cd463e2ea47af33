"""`linli bench`: the server under load, measured from outside. See ``measure`` for what is reported."""
