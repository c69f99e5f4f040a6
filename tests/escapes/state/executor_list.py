"""A library's list through a pool.

state: 5 in __import__("keyword").kwlist
"""
import concurrent.futures, keyword
with concurrent.futures.ThreadPoolExecutor(1) as p: p.submit(list.append, keyword.kwlist, 5).result()
