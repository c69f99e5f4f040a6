"""A constant of uuid is made anew.

state: __import__("uuid").NAMESPACE_DNS.int == 5
"""
import uuid
uuid.UUID.__init__(uuid.NAMESPACE_DNS, int=5)
