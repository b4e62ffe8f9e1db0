"""The other side of the comparison: FastAPI, SQLAlchemy's ORM and pydantic, as a competent user would write it."""
