"""Makes the files that accidents happen to: accident_files.py FOLDER. What a library would write that is not installed is left out."""
import sys, os, json, subprocess, tarfile, zipfile, shelve, sqlite3, pickle
d = sys.argv[1]; os.makedirs(d); os.chdir(d)
import numpy as np, pandas as pd
df = pd.DataFrame({'g': list('abca')*5, 'v': np.arange(20.), 'n': range(20)})
def t(f):
    try: f()
    except Exception as e: print('fixture', e, file=sys.stderr)
t(lambda: df.to_csv('data.csv', index=False)); t(lambda: df.to_parquet('data.parquet')); t(lambda: df.to_json('data.json'))
t(lambda: df.to_excel('data.xlsx', index=False)); t(lambda: df.to_hdf('data.h5', key='d')); t(lambda: df.to_feather('data.feather')); t(lambda: df.to_pickle('data.pkl'))
def f():
    import h5py
    with h5py.File('raw.h5','w') as h: h['x']=np.arange(10.)
t(f)
def f():
    import xarray as xr
    xr.Dataset({'a': ('x', np.arange(5.))}).to_netcdf('data.nc')
t(f)
def f():
    import zarr; z=zarr.open('data.zarr',mode='w',shape=(4,),dtype='f8'); z[:]=1.
t(f)
c=sqlite3.connect('db.sqlite'); c.execute('create table users(id integer, name text)'); c.executemany('insert into users values(?,?)',[(1,'a'),(2,'b')]); c.commit(); c.close()
def f():
    import duckdb; c=duckdb.connect('duck.db'); c.execute('create table users as select 1 a'); c.close()
t(f)
def f():
    import joblib; joblib.dump([1,2,3],'model.joblib')
t(f)
pickle.dump({'a':1},open('model.pkl','wb'))
def f():
    import torch; torch.save({'w': torch.ones(2)},'weights.pt')
t(f)
def f():
    import safetensors.numpy as s; s.save_file({'w': np.ones(2)},'weights.safetensors')
t(f)
np.save('arr.npy',np.arange(20.)); np.savez('arr.npz',a=np.arange(3)); np.savetxt('arr.txt',np.arange(3)); np.arange(20.).tofile('arr.bin')
def f():
    from PIL import Image; Image.fromarray(np.zeros((8,8,3),'u1')).save('image.png')
t(f)
def f():
    import soundfile as sf; sf.write('sound.wav',np.zeros(80),8000)
t(f)
def f():
    import docx; x=docx.Document(); x.add_paragraph('x'); x.save('doc.docx')
t(f)
open('notes.txt','w').write('important\n'*10); open('config.yaml','w').write('a: 1\n'); open('config.toml','w').write('a = 1\n'); open('settings.ini','w').write('[s]\na=1\n'); open('.env','w').write('KEY=1\n')
open('requirements.txt','w').write('numpy\n'); open('app.log','w').write('line\n'*5); open('script.sh','w').write('#!/bin/sh\ntouch ran\n'); os.chmod('script.sh',0o755)
os.makedirs('sub/deep'); open('sub/a.txt','w').write('a'); open('sub/deep/b.txt','w').write('b'); os.makedirs('empty')
os.makedirs('part/g=a'); t(lambda: df.to_parquet('part/g=a/x.parquet'))
json.dump({'cells':[],'metadata':{},'nbformat':4,'nbformat_minor':5},open('notebook.ipynb','w'))
os.makedirs('tmpsrc'); open('tmpsrc/notes.txt','w').write('NEW'); open('tmpsrc/data.csv','w').write('NEW')
with zipfile.ZipFile('archive.zip','w') as z: z.write('tmpsrc/notes.txt','notes.txt'); z.write('tmpsrc/data.csv','data.csv')
with tarfile.open('archive.tar.gz','w:gz') as z: z.add('tmpsrc/notes.txt','notes.txt')
def f():
    import py7zr
    with py7zr.SevenZipFile('archive.7z','w') as z: z.write('tmpsrc/notes.txt','notes.txt')
t(f)
with shelve.open('shelf') as s: s['a']=1
import dbm.dumb
with dbm.dumb.open('dumb','c') as s: s['a']='1'
def f():
    import lmdb; e=lmdb.open('lm',map_size=1<<20)
    with e.begin(write=True) as x: x.put(b'a',b'1')
    e.close()
t(f)
def f():
    from tinydb import TinyDB; TinyDB('tiny.json').insert({'a':1})
t(f)
def f():
    import diskcache; c=diskcache.Cache('dc'); c['a']=1; c.close()
t(f)
r=lambda *a: subprocess.run(a,cwd='repo',capture_output=True,env={**os.environ,'GIT_AUTHOR_NAME':'a','GIT_AUTHOR_EMAIL':'a','GIT_COMMITTER_NAME':'a','GIT_COMMITTER_EMAIL':'a'})
os.makedirs('repo'); r('git','init','-q'); open('repo/f.txt','w').write('1'); r('git','add','.'); r('git','commit','-qm','m'); open('repo/f.txt','w').write('uncommitted'); open('repo/untracked','w').write('x')
os.makedirs('home/.ssh'); open('home/.bashrc','w').write('x\n'); open('home/.ssh/id','w').write('k'); open('home/.gitconfig','w').write('[user]\nname=a\n')
