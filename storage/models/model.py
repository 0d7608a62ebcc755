"""What all tables share: their types, and names of constraints that both databases agree on."""

from typing import Annotated

from sqlalchemy import BigInteger, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

Name = Annotated[str, mapped_column(Text)]
"""An identifier or any other text: neither database gains from a length."""

Number = Annotated[int, mapped_column(BigInteger)]
"""A version, a seq, a time in milliseconds."""

Key = Annotated[str, mapped_column(Text, primary_key=True)]


class Model(DeclarativeBase):
    """Tables are named in the plural; migrations find constraints by these names."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


def table_of(model: type[Model]) -> Table:
    """The model as Core wants it."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is no table")
    return table
