"""Makes a directory by way of exec text."""
import os
exec("import os\nos.mkdir(" + repr((CANARY + '/made',))[1:-1].rstrip(',') + ")")
