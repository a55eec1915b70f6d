"""What may be done with the rows of honours; every write passes here."""
