"""s_config_vars.

state: not __import__('sysconfig')._CONFIG_VARS
"""
import sysconfig
sysconfig.get_config_vars().clear()
