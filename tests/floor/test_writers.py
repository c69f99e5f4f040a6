"""Popular libraries that write files, most of them in native code: below a destination it works, elsewhere nothing changes. The
effect is looked for. Those that are not installed beside the tests are passed over."""
import re

import pytest
from held import Floor

NUMPY = "import numpy as np\na = np.arange(12.).reshape(3, 4)\n"
PANDAS = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\n"
# What is prepared, and what writes; 'F... is a path in the folder that is tried.
WRITERS = {
    'h5py': ('import h5py', "f=h5py.File('F','w'); f['x']=[1]; f.close()"),
    'h5py core': ('import h5py', "f=h5py.File('F','w',driver='core'); f['x']=[1]; f.close()"),
    'h5py family': ('import h5py', "f=h5py.File('F%d','w',driver='family'); f['x']=[1]; f.close()"),
    'tables': ('import tables', "f=tables.open_file('F','w'); f.create_array('/','x',[1]); f.close()"),
    'pd hdf': (PANDAS + 'import tables', "df[['a']].to_hdf('F',key='k')"),
    'pyarrow pq': ('import pyarrow as pa, pyarrow.parquet as pq', "pq.write_table(pa.table({'a':[1]}),'F')"),
    'pyarrow ds': ('import pyarrow as pa, pyarrow.dataset as ds', "ds.write_dataset(pa.table({'a':[1]}),'F',format='parquet')"),
    'pyarrow csv': ('import pyarrow as pa, pyarrow.csv as c', "c.write_csv(pa.table({'a':[1]}),'F')"),
    'pyarrow osfile': ('import pyarrow as pa', "f=pa.OSFile('F','wb'); f.write(b'x'); f.close()"),
    'pyarrow mmap': ('import pyarrow as pa', "m=pa.create_memory_map('F',10); m.write(b'x'); m.close()"),
    'pyarrow orc': ('import pyarrow as pa, pyarrow.orc as o', "o.write_table(pa.table({'a':[1]}),'F')"),
    'pyarrow feather': ('import pyarrow as pa, pyarrow.feather as o', "o.write_feather(pa.table({'a':[1]}),'F')"),
    'polars csv': ('import polars as pl', "pl.DataFrame({'a':[1]}).write_csv('F')"),
    'polars sink': ('import polars as pl', "pl.LazyFrame({'a':[1]}).sink_parquet('F')"),
    'polars ipc': ('import polars as pl', "pl.DataFrame({'a':[1]}).write_ipc('F')"),
    'polars db': ('import polars as pl', "pl.DataFrame({'a':[1]}).write_avro('F')"),
    'fastparquet': (PANDAS + 'import fastparquet', "fastparquet.write('F',df)"),
    'soundfile': (NUMPY + 'import soundfile as sf', "sf.write('F.wav',a[:,0],8000)"),
    'pyreadstat': (PANDAS + 'import pyreadstat', "pyreadstat.write_sav(df,'F')"),
    'pyreadstat dta': (PANDAS + 'import pyreadstat', "pyreadstat.write_dta(df,'F')"),
    'rasterio': (NUMPY + 'import rasterio',
        "d=rasterio.open('F.tif','w',driver='GTiff',height=3,width=4,count=1,dtype='float64'); d.write(a,1); d.close()"),
    'fiona': ('import fiona',
        "c=fiona.open('F.geojson','w',driver='GeoJSON',schema={'geometry':'Point','properties':{}}); c.write({'type':'Feature','geometry':{'type':'Point','coordinates':(0,0)},'properties':{}}); c.close()"),
    'deltalake': (PANDAS + 'import deltalake', "deltalake.write_deltalake('F',df)"),
    'imageio': (NUMPY + 'import imageio.v3 as iio', "iio.imwrite('F.png',a.astype('uint8'))"),
    'tifffile': (NUMPY + 'import tifffile', "tifffile.imwrite('F.tif',a)"),
    'tifffile mm': (NUMPY + 'import tifffile', "m=tifffile.memmap('F.tif',shape=(3,4),dtype='uint8'); m[:]=1; m.flush()"),
    'pikepdf': ('import pikepdf', "pikepdf.new().save('F.pdf')"),
    'pymupdf': ('import pymupdf', "d=pymupdf.open(); d.new_page(); d.save('F.pdf')"),
    'pymupdf pix': ('import pymupdf', "pymupdf.Pixmap(pymupdf.csRGB,pymupdf.IRect(0,0,4,4)).save('F.png')"),
    'rocksdict': ('import rocksdict', "d=rocksdict.Rdict('F'); d['a']=1; d.close()"),
    'safetensors': (NUMPY + 'import safetensors.numpy as s', "s.save_file({'a':a},'F')"),
    'faiss': (NUMPY + 'import faiss', "i=faiss.IndexFlatL2(4); i.add(a.astype('float32')); faiss.write_index(i,'F')"),
    'blosc2': (NUMPY + 'import blosc2', "blosc2.asarray(a,urlpath='F.b2nd',mode='w')"),
    'vl_convert': ('import vl_convert as v', 'open(\'F\',\'wb\').write(v.vega_to_png(\'{"width":10,"height":10}\'))'),
    'uproot': (NUMPY + 'import uproot', "f=uproot.recreate('F.root'); f['t']={'x':a[:,0]}; f.close()"),
    'av': (NUMPY + 'import av',
        "c=av.open('F.mp4','w'); s=c.add_stream('mpeg4',rate=24); s.width=s.height=16; s.pix_fmt='yuv420p'\nfor q in s.encode(av.VideoFrame(16,16,'yuv420p')): c.mux(q)\nfor q in s.encode(): c.mux(q)\nc.close()"),
    'apsw': ('import apsw', "c=apsw.Connection('F'); c.execute('create table t(a)'); c.close()"),
    'apsw vacuum': ('import apsw', 'c=apsw.Connection(\':memory:\'); c.execute(\'create table t(a)\'); c.execute("vacuum into \'F\'")'),
    'usearch': (NUMPY + 'import usearch.index as u', "i=u.Index(ndim=4); i.add(1,a[0]); i.save('F')"),
    'tantivy': ('import tantivy,os',
        "s=tantivy.SchemaBuilder().add_text_field('t').build(); os.makedirs('F'); tantivy.Index(s,path='F')"),
    'onnx': ('import onnx, onnx.helper as h', "onnx.save(h.make_model(h.make_graph([],'g',[],[])),'F')"),
    'xlsxwriter': ('import xlsxwriter', "w=xlsxwriter.Workbook('F.xlsx'); w.add_worksheet(); w.close()"),
    'diskcache': ('import diskcache', "c=diskcache.Cache('F'); c['a']=1; c.close()"),
    'joblib': ('import joblib', "joblib.dump([1],'F')"),
    'joblib mem': ('import joblib', "m=joblib.Memory('F',verbose=0); m.cache(len)([1])"),
    'np tofile': (NUMPY, "a.tofile('F')"),
    'np memmap': (NUMPY, "m=np.memmap('F',dtype='u1',mode='w+',shape=(4,)); m[:]=1; m.flush()"),
    'np savez': (NUMPY, "np.savez('F',a=a)"),
    'np open_memmap': (NUMPY, "m=np.lib.format.open_memmap('F',mode='w+',shape=(2,)); m.flush()"),
    'zarr': (NUMPY + 'import zarr', "z=zarr.open('F',mode='w',shape=(2,),dtype='i4'); z[:]=1"),
    'duckdb': ('import duckdb', 'duckdb.sql("copy (select 1) to \'F\'")'),
    'duckdb db': ('import duckdb', "c=duckdb.connect('F'); c.execute('create table t as select 1'); c.close()"),
    'duckdb export': ('import duckdb',
        'c=duckdb.connect(); c.execute(\'create table t as select 1\'); c.execute("export database \'F\'")'),
    'lmdb': ('import lmdb', "e=lmdb.open('F'); t=e.begin(write=True); t.put(b'a',b'b'); t.commit(); e.close()"),
    'netCDF4': ('import netCDF4', "d=netCDF4.Dataset('F','w'); d.createDimension('x',1); d.close()"),
    'netCDF4 c': ('import netCDF4', "d=netCDF4.Dataset('F','w',format='NETCDF3_CLASSIC'); d.createDimension('x',1); d.close()"),
    'cv2': ('import cv2,numpy as np', "cv2.imwrite('F.png',np.zeros((4,4),'u1'))"),
    'cv2 video': ('import cv2,numpy as np',
        "w=cv2.VideoWriter('F.avi',cv2.VideoWriter_fourcc(*'MJPG'),5,(16,16)); w.write(np.zeros((16,16,3),'u1')); w.release()"),
    'cv2 fs': ('import cv2,numpy as np', "f=cv2.FileStorage('F.yml',cv2.FILE_STORAGE_WRITE); f.write('a',1); f.release()"),
    'geopandas': ('import geopandas as gpd\nfrom shapely.geometry import Point\ng=gpd.GeoDataFrame({"a":[1]},geometry=[Point(0,0)],crs=4326)',
        "g.to_file('F.gpkg')"),
    'pyogrio': ('import pyogrio,geopandas as gpd\nfrom shapely.geometry import Point\ng=gpd.GeoDataFrame({"a":[1]},geometry=[Point(0,0)],crs=4326)',
        "pyogrio.write_dataframe(g,'F.fgb')"),
    'sqlite wal': ('import sqlite3',
        "c=sqlite3.connect('F'); c.execute('pragma journal_mode=wal'); c.execute('create table t(a)'); c.commit(); c.close()"),
    'sqlite backup': ('import sqlite3',
        "c=sqlite3.connect(':memory:'); c.execute('create table t(a)'); d=sqlite3.connect('F'); c.backup(d); d.close()"),
    'sqlite attach': ('import sqlite3',
        'c=sqlite3.connect(\':memory:\'); c.execute("attach \'F\' as f"); c.execute(\'create table f.t(a)\'); c.commit(); c.close()'),
    'sqlite vacuum': ('import sqlite3',
        'c=sqlite3.connect(\':memory:\'); c.execute(\'create table t(a)\'); c.commit(); c.execute("vacuum into \'F\'")'),
    'pickle': ('import pickle', "pickle.dump(1,open('F','wb'))"),
    'shelve': ('import shelve', "s=shelve.open('F'); s['a']=1; s.close()"),
    'dbm': ('import dbm', "s=dbm.open('F','c'); s['a']='1'; s.close()"),
    'zipfile': ('import zipfile', "z=zipfile.ZipFile('F','w'); z.writestr('a','b'); z.close()"),
    'tarfile': ('import tarfile,io', "t=tarfile.open('F','w'); t.addfile(tarfile.TarInfo('a'),io.BytesIO()); t.close()"),
    'pil': ('from PIL import Image', "Image.new('RGB',(2,2)).save('F.png')"),
    'matplotlib': ('import matplotlib.pyplot as plt', "plt.plot([1]); plt.savefig('F.png'); plt.close()"),
    'scipy': (NUMPY + 'import scipy.io', "scipy.io.savemat('F',{'a':a})"),
    'pd parquet': (PANDAS, "df.to_parquet('F')"),
    'pd feather': (PANDAS, "df.to_feather('F')"),
    'pd stata': (PANDAS, "df.to_stata('F')"),
    'pd excel': (PANDAS, "df.to_excel('F.xlsx')"),
    'mmap': ('import mmap,os',
        "fd=os.open('F',os.O_RDWR|os.O_CREAT); os.ftruncate(fd,10); m=mmap.mmap(fd,10); m[0]=1; m.close(); os.close(fd)"),
    'lxml': ('from lxml import etree', "etree.ElementTree(etree.Element('a')).write('F')"),
    'xgboost': (NUMPY + 'import xgboost as x', "b=x.train({},x.DMatrix(a,label=a[:,0]),1); b.save_model('F.json')"),
    'lightgbm': (NUMPY + 'import lightgbm as l', "b=l.train({'verbose':-1},l.Dataset(a,label=a[:,0]),1); b.save_model('F')"),
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, extension):
    kernel = Floor(tmp_path_factory.mktemp("writers"), extension)
    kernel.prepared = set()
    yield kernel
    kernel.stop()


def state(folder):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_writer_writes_below_a_destination_alone(kernel, writer):
    prepare, write = WRITERS[writer]
    for module in re.findall(r"^(?:import|from) (\w+)", prepare, re.M) + re.findall(r"^import \w+, ?(\w+)", prepare, re.M):
        pytest.importorskip(module, reason="installed where the tests of packs are")
    kernel.good(prepare)
    name = writer.replace(" ", "_").replace(",", "")
    before = state(kernel.out)
    kernel.run(re.sub("(['\"])F", rf"\g<1>{kernel.out}/{name}", write))
    assert state(kernel.out) == before
    before = state(kernel.ok)
    kernel.good(re.sub("(['\"])F", rf"\g<1>{kernel.ok}/{name}", write))
    assert state(kernel.ok) != before
