"""What may be done with the rows of competitions; every write passes here."""
