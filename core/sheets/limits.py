"""How large an uploaded table may be. Every limit of the sheet engine stands here."""

MIB = 1024 * 1024

# The upload itself, as it lies on disk. A million rows of text are about 200 MiB.
MAX_WORKBOOK_BYTES = 64 * MIB
MAX_TEXT_BYTES = 512 * MIB

# A workbook is an archive. A million members in 14 columns are 53 MiB and unpack to 832 MiB, at a
# ratio of 16; they must come in, so the usual 64 MiB would not do. What it protects from is held by
# the ratio, by counting while unpacking (nothing is kept), and by the limits of the parser below.
MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 1024 * MIB
MAX_RATIO = 200

# A workbook is parsed in a process of its own, which may use so much and no more. The million
# members above take 1.5 GB and 18 seconds.
PARSE_MEMORY = 2048 * MIB
PARSE_CPU_SECONDS = 180
PARSE_SECONDS = 600

MAX_ROWS = 1_048_575  # what one worksheet of Excel holds below its heading
MAX_COLUMNS = 256
MAX_CELL = 32_767  # characters; Excel's own limit
HEADING_WITHIN = 10  # the heading row is one of the first ten

REMEMBERED = 10_000  # texts of one column that are known by what they mean
BATCH = 2_000  # rows that are matched and written in one go
STEP_ROWS = 20_000  # rows of one step (one transaction) of a partial import

MAX_COMMENTS = 5_000  # cell comments in one error workbook; the reason column has all of them

MEND_ROWS = 20_000  # an import of more rows is mended in its workbook, not row by row in a form

KEEP_UPLOAD_DAYS = 180  # an upload holds personal data; it goes when nobody can ask for it any more
KEEP_EXPORT_DAYS = 7
MEND_DAYS = 7  # so long an import with rejected rows stands in the inbox of its uploader
