"""Sqlalchemy attach."""
import sqlalchemy as sa
e = sa.create_engine("sqlite://")
with e.begin() as c: c.execute(sa.text("attach '%s/x' as z" % CANARY)); c.execute(sa.text("create table z.t(a)"))
