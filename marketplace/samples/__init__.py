"""Two sample markets, rewritten from published facts; every assumption beside the facts is marked illustrative.

Layout: one folder of small tables per market, one module that turns them into orders, ``load`` that puts
them through the same services as anybody's orders.  docs/sample-markets.md lists facts and assumptions.
"""
