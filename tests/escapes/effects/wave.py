"""Wave: the effect lies outside of ok_dests."""
import wave
wave.open(CANARY + "/w", "wb")
