"""Many who do the same at once, each on a connection of his own.

As many attempts as are asked for go through as many connections as the machine's database allows.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import DatabaseError, connection, transaction

from core.errors import Refused

AT_ONCE = 25  # connections of one test; the server has a hundred for everybody


def at_once(count, act):
    """The outcomes of `act(number)` done `count` times, in waves that start together."""
    width = min(AT_ONCE if connection.vendor == "postgresql" else 8, count)
    barrier = Barrier(width)

    def one(number):
        try:
            if number < width:
                barrier.wait(timeout=60)
            with transaction.atomic():
                return act(number) and "done"
        except Refused as refused:
            return refused.code
        except DatabaseError:
            return "database"
        finally:
            connection.close()

    with ThreadPoolExecutor(width) as crowd:
        return Counter(crowd.map(one, range(count)))
