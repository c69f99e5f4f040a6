"""Wave write."""
import wave
wave.Wave_write(CANARY + "/x")
