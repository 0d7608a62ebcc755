"""The database: models, migrations, and the repositories, the only place that knows SQL."""
