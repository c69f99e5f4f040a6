/* patch: every change that is made to CPython and to libraries, in place and once per process, so
 * that no road leads past what the rooms below ask. */
#include "sandbox/patch/patch.h"

#include "sandbox/patch/finalizers.h"
#include "sandbox/patch/handed.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/standard.h"

bool patch_install(void)
{
    if (!interpose_init() || !attributes_init() || !changes_init() || !namespaces_init() ||
        !operators_init() || !loaders_init() || !natives_init() || !callbacks_init())
        return false;
    writers_init();
    handed_init();
    return finalizers_init() && standard_init();
}
