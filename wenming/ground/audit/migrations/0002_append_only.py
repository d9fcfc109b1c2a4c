from django.db import migrations

from wenming.common import appendonly


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [appendonly.guard("audit_record")]
