"""What workers are sent. A task receives the id of a job and nothing else: the row is the truth."""

from celery import shared_task

from core import audit, jobs, seals


@shared_task(name=jobs.TASK)
def run_job(job_id: int) -> None:
    """Try one job, if it is free."""
    if type(job_id) is not int:
        raise TypeError("a job is named by its id")  # without the argument: it may be anything
    jobs.work(job_id)


# A message that waits longer than the next one is due says nothing new.
@shared_task(name="core.sweep", expires=15)
def sweep() -> None:
    """Send again what the broker lost and what dead workers left behind."""
    jobs.sweep()


@shared_task(name="core.seal_audit", expires=5)
def seal_audit() -> None:
    """Seal what was written to the audit trail since the last time (every few seconds)."""
    with audit.origin():
        seals.seal()
