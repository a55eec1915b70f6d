"""Input of the services of honours, as pages ask for it."""
