"""Opens a file for writing by way of exec text."""
import os
exec("import os\nopen(" + repr((CANARY + '/written', 'w',))[1:-1].rstrip(',') + ")")
