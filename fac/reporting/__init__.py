"""THE NUMBERS: coded inputs become counts, counts become frozen reports, and reports leave by one door.

``measures`` reads, ``counting`` counts, ``editions`` says what a form asks, ``release`` freezes and writes, ``public``
hides small cells.
Never: touch a sealed column, hold a key, or let an unsuppressed small cell out of the funder relationship.
"""
