/* plant: a C program with a Jupyter kernel inside. Its own state and functions are a module for
 * cells; they run in this very process, held as any cell is. docs/embedding.md explains it.
 *
 * A program that answers to a command line as `python` does is an interpreter to the kernel: it
 * starts `plant -c ...`, which loads the worker and hands itself over to it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>

/* ---- what the program is about ---- */

static struct {
    double level_m, pump_l_per_s;
    long steps;
} tank = {.level_m = 2.0, .pump_l_per_s = 1.5};

static void tank_step(double seconds)
{
    tank.level_m += (tank.pump_l_per_s - 1.0) * seconds / 1000.0;
    tank.steps++;
}

/* ---- as Python sees it ---- */

static PyObject *plant_level(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyFloat_FromDouble(tank.level_m);
}

static PyObject *plant_step(PyObject *module, PyObject *seconds)
{
    double value = PyFloat_AsDouble(seconds);

    (void)module;
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    tank_step(value);
    return PyFloat_FromDouble(tank.level_m);
}

/* What acts on the world: a cell calls it only when a person says so. */
static PyObject *plant_set_pump(PyObject *module, PyObject *litres)
{
    double value = PyFloat_AsDouble(litres);

    (void)module;
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    tank.pump_l_per_s = value;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"level", plant_level, METH_NOARGS, "level() -> float: of the tank, in metres"},
    {"step", plant_step, METH_O, "step(seconds) -> float: simulate; the new level"},
    {"set_pump", plant_set_pump, METH_O, "set_pump(litres per second): acts on the real pump"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "plant",
                                        .m_doc = "The plant that this program runs.", .m_size = -1,
                                        .m_methods = methods};

static PyObject *plant_module(void)
{
    return PyModule_Create(&definition);
}

int main(int argc, char **argv)
{
    tank_step(10.0); /* the program's own work goes on before cells see it */
    if (PyImport_AppendInittab("plant", plant_module) < 0)
        return 1;
    return Py_BytesMain(argc, argv);
}
