// In production a token must not outlive the page.
const { persist } = document.getElementById("swagger-ui").dataset;

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: persist === "true",
});
