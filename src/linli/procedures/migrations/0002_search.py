from django.db import migrations

from linli.procedures.searching import install, remove


class Migration(migrations.Migration):
    dependencies = [("procedures", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
