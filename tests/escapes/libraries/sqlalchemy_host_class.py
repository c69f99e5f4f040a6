"""sqlalchemy maps a class of the standard library.

state: hasattr(__import__("queue").Queue, "__mapper__")
"""
import queue
from sqlalchemy import Table, Column, Integer
from sqlalchemy.orm import registry
r = registry()
r.map_imperatively(queue.Queue, Table("q", r.metadata, Column("id", Integer, primary_key=True)))
