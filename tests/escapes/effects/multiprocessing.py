"""Multiprocessing: the effect lies outside of ok_dests."""
import multiprocessing
p = multiprocessing.get_context("fork").Process(target=open, args=(CANARY + "/w", "w"))
p.start()
p.join()
