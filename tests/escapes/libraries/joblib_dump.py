"""Joblib dump."""
import joblib
joblib.dump([1], CANARY + "/x")
