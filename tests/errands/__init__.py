"""An app of the tests: jobs that stop at a named point and wait to be killed there."""
