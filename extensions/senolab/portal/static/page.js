// Tells the campus the reader's time zone, and leads to the summary of errors.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const path = document.querySelector(".wordmark")?.getAttribute("href") ?? "/";
if (zone && !document.cookie.includes(`senolab-zone=${encodeURIComponent(zone)}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `senolab-zone=${encodeURIComponent(zone)}; Path=${path}; Max-Age=31536000; SameSite=Lax${secure}`;
}
document.getElementById("summary")?.focus();
