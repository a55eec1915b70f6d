"""How much one request of the interface may bring and ask for. Every limit of it stands here."""

from core.services.files import LARGEST_DOCUMENT

LARGEST_BODY = 256 << 10  # bytes of a JSON text; the largest that is meant has 3 KB
LARGEST_HANDOVER = 4 << 20  # a batch of receipts, 300 bytes each; a larger one comes by sheet
LARGEST_UPLOAD = LARGEST_DOCUMENT + (64 << 10)  # a paper, and the fields around it
DEEPEST = 16  # objects and lists within one another
PAGE = 50  # rows, if nothing is said
LARGEST_PAGE = 200
PER_MINUTE = 600  # requests of one account
REFUSED_PER_MINUTE = 30  # wrong keys from one address
LONGEST_IDEMPOTENCY_KEY = 100  # characters
