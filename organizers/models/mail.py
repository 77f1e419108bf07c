"""Mail that is on its way."""

from django.db import models


class Mail(models.Model):
    """A mail on its way: deleted once the mail server has taken it, kept a while if it never did.

    Nobody reads its text here: it may be a code that lets one in.
    """

    to = models.TextField()
    subject = models.TextField()
    message = models.JSONField(default=dict)
    created_at = models.DateTimeField("since", auto_now_add=True)
    expires_at = models.DateTimeField("useless after", null=True)
    attempts = models.PositiveSmallIntegerField("tries", default=0)
    next_try_at = models.DateTimeField("next try", null=True)
    failed_at = models.DateTimeField("given up", null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "mail not sent"
        verbose_name_plural = "mail not sent"
        permissions = [("send_again_mail", "Can have a mail that was given up sent again")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.to})"

    @property
    def may_be_sent_again(self) -> bool:
        return self.failed_at is not None and self.expires_at is None
