"""Long work of competitions: the print of certificates."""

from typing import Any

from django.urls import reverse

from competitions.models import CertificateBatch
from competitions.services import certificates
from core.jobs import Run, job


@job(certificates.JOB, label="制作获奖证书")
def print_certificates(run: Run, batch: int) -> dict[str, Any]:
    """The certificates of a batch as one PDF, a page each."""
    row = CertificateBatch.objects.select_related("competition__organisation").get(pk=batch)
    count = row.certificates.count()
    run.progress(0, count, "排版")
    pdf = certificates.draw(row)
    run.step("keep", lambda: certificates.keep(row, pdf).pk)
    run.progress(count, count, "已完成")
    url = reverse("admin:competitions_certificatebatch_change", args=[row.pk])
    return {"summary": f"共 {count} 份证书，请下载打印、盖章。", "url": url}
