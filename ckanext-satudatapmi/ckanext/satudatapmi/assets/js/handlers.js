/* What attributes such as onclick in the templates of CKAN and ckanext-scheming would do: the site's policy runs none. */
(function () {
  'use strict';

  function check(id) {
    document.getElementById(id).checked = true;
  }

  function focus(id) {
    var element = document.getElementById(id);
    if (element) element.focus();
  }

  // The form of a file: a link, an upload, or neither (package/snippets/resource_upload_field.html).
  function upload(button) {
    if (button.id === 'resource-upload-button') {
      check('resource-url-upload');
      document.getElementById('field-resource-upload').click();
    } else if (button.id === 'resource-link-button') {
      check('resource-url-link');
      focus('field-resource-url');
    } else if (button.closest('.upload-type') && !button.parentNode.querySelector('input[type=file]')) {
      check('field-clear-upload');
      focus('field-resource-upload');
    } else {
      check('resource-url-none');
      focus(document.getElementById('resource-upload-button') ? 'resource-upload-button' : 'resource-link-button');
      button.parentNode.querySelectorAll('input[type=file], input[type=url]').forEach(function (input) { input.value = ''; });
    }
  }

  document.addEventListener('click', function (event) {
    var button = event.target.closest('.resource-upload-field button');
    var link = event.target.closest('a[href^="javascript:MultipleText.multiple_add"]');
    if (button) {
      upload(button);
    } else if (link) {
      event.preventDefault();
      window.MultipleText.multiple_add(link.getAttribute('href').match(/'([^']*)'/)[1]);
    } else if (event.target.closest('#refit-button') && window.fitColText) {
      window.fitColText();
    } else if (event.target.closest('#field-show_fields_1[readonly]')) {
      event.preventDefault();
    }
  });

  // The API tokens of an account: those that are ticked can be revoked (user/snippets/api_token_list.html).
  document.addEventListener('change', function (event) {
    var revoke = document.getElementById('revoke-tokens-button');
    if (event.target.name === 'token' && revoke) revoke.disabled = !document.querySelector('[name=token]:checked');
  });
}());
