"""Orders out of files that a shop exports: CSV of any spreadsheet, or JSON.

One row is one item; rows of one order number are one order. The files are read again when they
change. Columns are known by what shops call them in English, German, French, Spanish and Chinese;
what a row gets wrong is said with its file and line, and that row is left out.
"""

from connectors.shops.files.shop import FilesShop, Options, connect

__all__ = ["FilesShop", "Options", "connect"]
