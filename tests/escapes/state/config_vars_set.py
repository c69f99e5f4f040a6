"""s_config_vars_set.

state: __import__('sysconfig').get_config_var('prefix') == 'x'
"""
import sysconfig
sysconfig.get_config_vars()['prefix'] = 'x'
