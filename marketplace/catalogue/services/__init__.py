"""Writing the catalogue: by an operator, or from the files that ship with the project."""

from marketplace.catalogue.services.entries import change_commodity, change_grade, create_commodity, create_grade
from marketplace.catalogue.services.shipped import LoadReport, load_catalogue

__all__ = ["LoadReport", "change_commodity", "change_grade", "create_commodity", "create_grade", "load_catalogue"]
