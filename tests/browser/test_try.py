import pytest
from tests.browser.conftest import watched
from axe_playwright_python.sync_playwright import Axe
pytestmark=[pytest.mark.django_db, pytest.mark.browser]
@pytest.mark.parametrize("bypass",[False,True])
def test_x(browser, site, bypass):
    c = browser.new_context(base_url=site, bypass_csp=bypass)
    w = watched(c, site)
    p = c.new_page()
    p.goto("/glossary/runners-knee/")
    import time; t=time.time()
    r = Axe().run(p)
    print(bypass, r.violations_count, time.time()-t, w)
    p.goto("/nope/")
    p.evaluate("() => { const s=document.createElement('script'); s.text='1'; document.head.append(s); document.body.setAttribute('style','color:red') }")
    print(w)
    c.close()
def test_after():
    from organizers.models import Plan
    assert Plan.objects.get(slug="starter")
