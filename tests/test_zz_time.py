import time, pytest
from django.db import transaction
from glossary.loading import load_glossary
from races.loading import load_races
@pytest.mark.django_db
def test_t(client):
    t=time.time(); print(load_glossary().report("x",dry_run=False)); print(time.time()-t)
    t=time.time(); print(load_races().report("x",dry_run=False)); print(time.time()-t)
    for a in ["/","/glossary/","/glossary/a-to-z/","/glossary/runners-knee/","/races/","/races/comrades-marathon/"]:
        t=time.time(); r=client.get(a); print(a,r.status_code,len(r.content),time.time()-t)
        t=time.time(); r=client.get(a); print(a,r.status_code,len(r.content),time.time()-t, dict(r.headers))
