from django.contrib.admin.apps import AdminConfig


class StartlineAdminConfig(AdminConfig):
    default_site = "config.admin.StartlineAdminSite"
