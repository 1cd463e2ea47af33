"""What follows from facts about matters."""
