class DaskEngine: pass
